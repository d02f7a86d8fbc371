/**
 * How attempts are numbered, everywhere: in errors and events, in `explain()`, in the lines and pictures of the command, and in
 * the documents.
 *
 * An attempt is a dial: token, upgrade, handshake. Where a single request failed, it is a sending of that request. Attempts are
 * numbered from 1 within an outage, the first connect included; an outage that is over is forgotten with its numbers.
 * - `error.attempt`, and what `retry.decide` gets: attempts made when it failed, the failed one included. 0: none was made in
 *   this outage, because the connection that was lost had been stable.
 * - `attempt` of a `retry` event, an entry of `explain()`, and a delay in `policy` or `explain`: the number of the attempt that
 *   follows, one more than that of the error.
 * - `attempts` of a `reconnect` event: the number of the attempt that succeeded.
 */
import type { Outage } from './outage.js';

/** The number of the attempt that is being made or was made last; 0 before the first. */
export function latestAttempt({ attempts }: Outage): number {
  return attempts;
}

/** The number of the attempt that follows. */
export function nextAttempt({ attempts }: Outage): number {
  return attempts + 1;
}
