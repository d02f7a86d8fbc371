/**
 * One attempt's wait at the connect gate: over when it may dial, when the session ends, or when the outage has lasted as
 * long as it may. Says when somebody is held up, once; waiting costs no attempt.
 */
import type { GateStanding } from '../../core/policy/gate-standing.js';
import type { Clock } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { Random } from '../../ports/random.js';
import { withDeadline } from '../waiting/deadline.js';
import { untilAborted } from '../waiting/until-aborted.js';
import type { DialGate, GatePass } from './gate-pass.js';

export interface GateWait {
  readonly gate: DialGate;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** How long it may wait at most, milliseconds; Infinity for as long as it takes. */
  readonly leftMs: number;
  /** It has to wait: told before it does. `leastMs` is the least time that is known; 0 when only another dial's end can tell. */
  held(standing: GateStanding, leastMs: number): void;
}

/**
 * Gives the pass at once where nobody has to wait. Rejects with DeadlinePassed or the signal's reason; the place in the line is given
 * up then.
 */
export function passGate(wait: GateWait): GatePass | Promise<GatePass> {
  const pass = wait.gate.enter(wait.random);
  return pass.admission === undefined ? pass : admitted(wait, pass, pass.admission);
}

async function admitted(wait: GateWait, pass: GatePass, admission: Promise<void>): Promise<GatePass> {
  const { gate, clock, signal, leftMs } = wait;
  try {
    wait.held(gate.standing, Math.ceil(Math.max((gate.nextAtMs ?? 0) - clock.nowMs(), 0)));
    // One more than is left: what comes of it is beyond the limit, and not at it.
    await (leftMs === Infinity
      ? untilAborted(admission, signal)
      : withDeadline(clock, leftMs + 1, signal, () => admission));
    return pass;
  } catch (error) {
    pass.left();
    throw error;
  }
}
