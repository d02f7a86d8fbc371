/**
 * The numbers of the shared connect gate, and where each comes from. Plain data; what they lead to is decided by
 * gate-health.ts and connect-gate.ts.
 */
import { deepFreeze } from '../option/plain-object.js';
import type { Backoff } from './rule.js';

export interface GateNumbers {
  /** Dials in flight at most to an endpoint that has just failed; a whole number ≥ 1. Default 2. */
  readonly minInFlight: number;
  /** Dials at once that the pace allows after a pause, a whole number ≥ 1. Default 2. */
  readonly paceBurst: number;
  /** Least time between two dials beyond that burst, milliseconds, ≥ 0. Default 6. Healthy endpoints have no pace. */
  readonly paceIntervalMs: number;
  /**
   * A dial that took at most this much longer than the fastest since the trouble began lets one more into flight,
   * milliseconds, ≥ 0. Default 250. A slower one met a queue at the service, and more in flight would only feed it.
   */
  readonly queueingMs: number;
  /** Failures in a row that make the endpoint down; a whole number ≥ 1. Default 2. */
  readonly failuresUntilDown: number;
  /** The period between two probes of an endpoint that is down: drawn for each, never below `minIntervalMs`. */
  readonly probe: Backoff;
  /** How long one who prepares its dial without a permit counts against the limit, milliseconds, > 0. Default 100. */
  readonly prepareMs: number;
  /** The same while another one has prepared for longer than that, milliseconds, > 0. Default 25. */
  readonly prepareBesideLateMs: number;
  /** Trouble is forgotten after this long, once nobody waits, milliseconds, ≥ 0. Default 30 000. */
  readonly settleMs: number;
  /** A longer wait than this asked for by the service is left to the session that was asked, ms. Default 120 000. */
  readonly maxHintMs: number;
  /** A loss is one session's own after this long without another one, milliseconds, ≥ 0. Default 1 000. */
  readonly loneAfterMs: number;
}

/** Deeply frozen. */
export const DEFAULT_GATE_NUMBERS: GateNumbers = deepFreeze({
  // One might be the unlucky one; two are no load for anything that is up.
  minInFlight: 2,
  // Together 167 dials per second and never more than 18 in any 100 ms, so that a thousand sessions are back in six
  // seconds; the burst makes up for timers that fire a few milliseconds late.
  paceBurst: 2,
  paceIntervalMs: 6,
  // Far above the noise of one handshake, far below any step's time-out.
  queueingMs: 250,
  // The first failure of a healthy endpoint may be chance; the next one, met with care, is not.
  failuresUntilDown: 2,
  // One probe per 1.5 s on average: a return is noticed within 3 s, which leaves seconds for letting the line in.
  probe: { baseMs: 500, factor: 2, capMs: 3_000, jitter: 'full', minIntervalMs: 250 },
  // A token takes about that. Longer and broken preparations cost the others this once, and a quarter of it each from then on.
  prepareMs: 100,
  prepareBesideLateMs: 25,
  // Above two thirds of the sessions' own delays at their cap: the few that sleep longer come back spread, one by one.
  settleMs: 30_000,
  // As the sessions' own: a session that is asked to wait longer than that is not going to.
  maxHintMs: 120_000,
  // What takes a server or a line away takes its sessions within that time.
  loneAfterMs: 1_000,
});
