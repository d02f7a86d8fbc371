/**
 * The history of the failures of one request, in the form in which `decide` reads that of an outage: an attempt is a sending of the
 * request. It ends when a run of the request brought something new for `stableAfterMs`. Values only; what is new, and who
 * sends, is the shell's.
 */
import { attemptStarted, beginOutage } from './outage.js';
import type { Outage } from './outage.js';

/** A request from one sending to the failure that ended it. */
export interface RequestRun {
  /** When the request was sent. */
  readonly sentAtMs: number;
  /** When the service last showed that it works at the request. */
  readonly aliveUntilMs: number;
  /** Whether it brought more of the request than any run before it. */
  readonly broughtNews: boolean;
}

/**
 * The history with one more failure. Time in which a run brought something new does not count; a run that brings nothing new is no
 * progress, however long it lasts.
 *
 * @param history undefined for the first failure of the request
 */
export function requestFailed(
  history: Outage | undefined,
  run: RequestRun,
  nowMs: number,
  stableAfterMs: number,
): Outage {
  const fresh = attemptStarted(beginOutage(nowMs), nowMs);
  if (history === undefined) return fresh;
  if (!run.broughtNews) return history;
  const workedMs = Math.max(run.aliveUntilMs - run.sentAtMs, 0);
  return workedMs >= stableAfterMs ? fresh : { ...history, workedMs: history.workedMs + workedMs };
}
