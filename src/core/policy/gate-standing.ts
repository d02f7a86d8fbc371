/**
 * What a connect gate shows of itself: plain data for `explain()` and for the event of a session that has to wait,
 * and the clause that says why. For people and for tests; nothing is decided by it.
 */
import { durationText } from './duration-text.js';

export interface GateStanding {
  readonly level: 'healthy' | 'recovering' | 'down';
  readonly waiting: number;
  readonly inFlight: number;
  /** Dials in flight at most; Infinity while healthy. */
  readonly limit: number;
  /** No dial starts before this time, as the service asked; absent when it did not. May have passed. */
  readonly notBeforeMs?: number;
}

/** Why the one who has just joined the line does not dial at once. */
export function whyGated(standing: GateStanding, nowMs: number): string {
  const { level, waiting, limit, notBeforeMs } = standing;
  const line = `${waiting} in line at the connect gate`;
  if (notBeforeMs !== undefined && notBeforeMs > nowMs) {
    return `${line}: the service asked for no dial in the next ${durationText(notBeforeMs - nowMs)}`;
  }
  switch (level) {
    case 'healthy':
      return `${line}: it is open`;
    case 'recovering':
      return `${line}: the endpoint has just failed, at most ${limit} dials at once`;
    case 'down':
      return `${line}: the endpoint does not answer, one probe at a time`;
  }
}
