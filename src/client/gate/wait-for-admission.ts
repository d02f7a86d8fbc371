/**
 * One attempt's wait at the connect gate: over when it may go on, when the session ends, or when the outage has lasted as
 * long as it may. Reports a wait once; waiting costs no attempt.
 */
import type { Clock } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import { withDeadline } from '../waiting/deadline.js';
import { untilAborted } from '../waiting/abort.js';
import type { DialPermit } from './dial-permit.js';

export interface GateWait {
  readonly clock: Clock;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** How long it may wait at most, milliseconds; Infinity for as long as it takes. */
  readonly leftMs: number;
  /** Called before the wait. `leastMs` is the least time that is known; 0 when that depends on the end of another dial. */
  onGateWait(why: string, leastMs: number): void;
}

/**
 * Undefined where nothing has to be waited for. Rejects with DeadlinePassed or the signal's reason; the pass has `left` then.
 */
export function waitForAdmission(pass: DialPermit, wait: GateWait): Promise<void> | undefined {
  const { admission } = pass;
  return admission === undefined ? undefined : admitted(pass, admission, wait);
}

async function admitted(pass: DialPermit, admission: Promise<void>, wait: GateWait): Promise<void> {
  const { clock, signal, leftMs } = wait;
  try {
    const { why, leastMs } = pass.whyWaiting();
    wait.onGateWait(why, leastMs);
    // One more than is left: what comes of it is beyond the limit, and not at it.
    await (leftMs === Infinity
      ? untilAborted(admission, signal)
      : withDeadline(clock, leftMs + 1, signal, () => admission));
  } catch (error) {
    pass.left();
    throw error;
  }
}
