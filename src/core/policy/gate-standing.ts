/**
 * What a connect gate shows of itself: plain data for `explain()` and for the event of a session that has to wait,
 * and the clause that says why. For people and for tests; nothing is decided by it.
 */
import { durationText } from './duration-text.js';
import type { GateBelief } from './gate-belief.js';

interface Standing {
  readonly level: 'healthy' | 'recovering' | 'down';
  /** Dials in flight at most; Infinity while healthy. */
  readonly limit: number;
  /** No dial starts before this time, as the service asked; absent when it did not. May have passed. */
  readonly notBeforeMs?: number;
}

export interface GateStanding extends Standing {
  readonly waiting: number;
  readonly inFlight: number;
  /** What is believed about the account of the session that asks; absent without evidence. */
  readonly account?: Standing;
}

export function standingOf(endpoint: GateBelief, waiting: number, account?: GateBelief): GateStanding {
  const ofAccount =
    account === undefined || account.level === 'healthy' ? {} : { account: standing(account) };
  return { ...standing(endpoint), waiting, inFlight: endpoint.dialling, ...ofAccount };
}

function standing({ level, limit, notBeforeMs }: GateBelief): Standing {
  return { level, limit, ...(notBeforeMs === -Infinity ? {} : { notBeforeMs }) };
}

/** @param endpoint the name of the endpoint: `ingress` or `console` and its host, without anything secret */
export function whyGated(
  { level, waiting, limit, notBeforeMs, account }: GateStanding,
  nowMs: number,
  endpoint: string,
): string {
  const line = `${waiting} in line at the connect gate of the ${endpoint}`;
  if (account?.notBeforeMs !== undefined && account.notBeforeMs > nowMs) {
    return `${line}: the service asked this account for no dial in the next ${durationText(account.notBeforeMs - nowMs)}`;
  }
  if (notBeforeMs !== undefined && notBeforeMs > nowMs) {
    return `${line}: the service asked for no dial in the next ${durationText(notBeforeMs - nowMs)}`;
  }
  if (level === 'down') return `${line}: the endpoint does not answer, one probe at a time`;
  if (account !== undefined)
    return `${line}: this account is at its limit, at most ${account.limit} dials at once`;
  if (level === 'healthy') return `${line}: it is open`;
  return `${line}: the endpoint has just failed, at most ${limit} dials at once`;
}
