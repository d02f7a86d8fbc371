/**
 * Interprets the answers of a coordinator, which may be the application's: a lease, a wait within bounds, or a failure of the
 * coordinator.
 */
import type { FleetWait, Lease } from '../../ports/fleet-coordinator.js';

/** Bounds of a wait, whatever the coordinator answers, milliseconds. */
const WAIT_MS = { least: 5, most: 60_000 };
/** The wait after a call that failed or was not answered, and between two leases that were lost at once, milliseconds. */
export const BROKEN_WAIT_MS = 1_000;

export function isLease(answer: unknown): answer is Lease {
  const { lost, release } = Object(answer) as Partial<Record<keyof Lease, unknown>>;
  const { aborted, addEventListener } = Object(lost) as Partial<Record<keyof AbortSignal, unknown>>;
  return (
    typeof release === 'function' && typeof aborted === 'boolean' && typeof addEventListener === 'function'
  );
}

/** @param shown returns the part of a reason that may be shown */
export function waitOf(answer: unknown, shown: (text: string) => string): FleetWait {
  const { waitMs, reason } = Object(answer) as Partial<Record<keyof FleetWait, unknown>>;
  if (typeof waitMs !== 'number' || Number.isNaN(waitMs)) {
    return { waitMs: BROKEN_WAIT_MS, reason: 'the coordinator failed: it gave neither a lease nor a wait' };
  }
  const bounded = Math.min(Math.max(waitMs, WAIT_MS.least), WAIT_MS.most);
  return { waitMs: bounded, reason: typeof reason === 'string' ? shown(reason) : 'no reason is given' };
}
