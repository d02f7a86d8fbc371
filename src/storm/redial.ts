/**
 * What a strategy is to the simulator: when one session dials again, and what the sessions of one process share. The
 * simulator knows strategies only through these interfaces, the product's own among them.
 */
import type { DialEnd } from './dial-end.js';
import type { DialGate } from './dial-gate.js';

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
