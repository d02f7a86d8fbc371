/**
 * What a strategy is to the simulator: when one session dials again, and what the sessions of one process share. The
 * simulator knows strategies only through these interfaces, the product's own among them.
 */

/** How a simulated dial failed; `retryAfterMs` is the service's hint, where the model has it give hints. */
export interface DialEnd {
  readonly kind: 'refused' | 'timedOut';
  readonly retryAfterMs?: number;
}

/** One session's own delays. Each answer is in milliseconds; undefined means that the session gives up. */
export interface Redial {
  /** A connection that was up for `upMs` is lost. */
  lost(nowMs: number, upMs: number): number | undefined;
  /** A dial begins. */
  dialled(nowMs: number): void;
  failed(nowMs: number, end: DialEnd): number | undefined;
  /** How long the dial that has begun may take, milliseconds. Absent: `connectTimeoutMs`. */
  dialLimitMs?(connectTimeoutMs: number, nowMs: number): number;
}

/** What the sessions of one process have in common. */
export interface DiallingProcess {
  readonly gate: DialGate;
  session(): Redial;
}

export interface StormStrategy {
  readonly name: string;
  /** Where the delays are documented; shown beside the figures. */
  readonly source: string;
  process(random: () => number): DiallingProcess;
}

/**
 * What stands between a session that wants to dial and its dial: nothing, or a line. Sessions are numbers here. The
 * simulator asks `admit` after every event and at `wakeAtMs`.
 */
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
