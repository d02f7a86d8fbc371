/**
 * How long one step of a dial may take: token, upgrade, handshake. A service that comes back after an outage may have many dials in
 * its queue; a dial that gives up its place there costs the service as much as one that is served, and its session begins again at
 * the end. So later dials of an outage wait longer. What is left of the outage is not known here: see outage-end.ts.
 */
import type { RetryPolicy } from './rule.js';

/** The first dial of an outage whose steps have `patienceMs`: one failure may be chance, two in a row are an outage. */
const FIRST_PATIENT_ATTEMPT = 3;

/**
 * The limit of each step of a dial, milliseconds: `timeoutMs`, and from the third dial of the outage on `patienceMs` where that is
 * longer.
 *
 * @param attempt the dial's number in its outage, from 1
 * @param timeoutMs the session's ordinary limit
 */
export function stepLimitMs({ patienceMs }: RetryPolicy, attempt: number, timeoutMs: number): number {
  return attempt < FIRST_PATIENT_ATTEMPT ? timeoutMs : Math.max(timeoutMs, patienceMs);
}
