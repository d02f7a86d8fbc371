/**
 * What stands between a session that wants to dial and its dial: nothing, or a line. Sessions are numbers here. The
 * simulator asks `admit` after every event and at `wakeAtMs`.
 */
import type { DialEnd } from './dial-end.js';

export interface DialGate {
  join(session: number, nowMs: number): void;
  /** The sessions that dial now. */
  admit(nowMs: number): readonly number[];
  succeeded(session: number, nowMs: number): void;
  failed(session: number, end: DialEnd, nowMs: number): void;
  connectionLost(nowMs: number): void;
  /** When to call `admit` again at the latest; undefined: only after another event. */
  readonly wakeAtMs: number | undefined;
}

/** At most `limit` dials in flight, first come, first served, without adaptation; Infinity: no limit. */
export function createLimitGate(limit: number): DialGate {
  let line: number[] = [];
  let inFlight = 0;
  return {
    wakeAtMs: undefined,
    join: (session) => void line.push(session),
    admit: () => {
      const free = limit - inFlight;
      if (line.length === 0 || free <= 0) return NONE;
      const admitted = free >= line.length ? line : line.slice(0, free);
      line = admitted === line ? [] : line.slice(free);
      inFlight += admitted.length;
      return admitted;
    },
    succeeded: () => void (inFlight -= 1),
    failed: () => void (inFlight -= 1),
    connectionLost: () => undefined,
  };
}

const NONE: readonly number[] = [];
