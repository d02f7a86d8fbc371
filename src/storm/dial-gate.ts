/**
 * What stands between a session that wants to dial and its dial: nothing, or a line. Sessions are numbers here. The
 * simulator asks `admit` after every event and at `wakeAtMs`.
 */
import type { DialEnd } from './dial-end.js';

export interface DialGate {
  join(session: number, nowMs: number): void;
  /** Those who dial now. */
  admit(nowMs: number): readonly number[];
  succeeded(session: number, nowMs: number): void;
  failed(session: number, end: DialEnd, nowMs: number): void;
  connectionLost(nowMs: number): void;
  /** When to ask `admit` again at the latest; undefined when only another event can help. */
  readonly wakeAtMs: number | undefined;
}

/** At most `limit` dials in flight, first come, first served, and nothing learnt; Infinity is no gate at all. */
export function createLimitGate(limit: number): DialGate {
  let line: number[] = [];
  let inFlight = 0;
  return {
    wakeAtMs: undefined,
    join: (session) => void line.push(session),
    admit: () => {
      const free = limit - inFlight;
      if (line.length === 0 || free <= 0) return NOBODY;
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

const NOBODY: readonly number[] = [];
