/**
 * What a connect gate is for the shell: a line that every attempt passes through, and what is reported back to it about the
 * dial and the connection that came of it. How it decides is the core's business.
 */
import type { GateStatus } from '../../core/gate/gate-ticket.js';
import type { DecidableFailure } from '../../core/policy/decide.js';
import type { Clock } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { Random } from '../../ports/random.js';
import { untilAborted, withDeadline } from '../waiting/deadline.js';

/** What the sessions of an endpoint know together of the loss of a connection. */
export interface EndpointLoss {
  /** How many sessions the same drain notice sends away, this one included; absent where it was none. */
  readonly drainedSessions?: number;
  /** No other session lost a connection within the last second, and it was no drain notice. */
  readonly isLone?: boolean;
}

/** One attempt at the gate, and then its connection. Whatever is reported after its end changes nothing. */
export interface DialPermit {
  /**
   * Resolves when the session may go on: dial, or first prepare its dial where that was agreed. Undefined when it may now. Never
   * rejects: a wait that is given up ends with a call of `left`.
   */
  readonly admission: Promise<void> | undefined;
  /** The dial is prepared and needs its permit: `admission` is about that from now on. */
  prepared(): void;
  /** The dial ended with a confirmed connection. */
  confirmed(): void;
  /** The dial failed; without a permit that is no evidence, and the pass only ends. */
  failed(failure: DecidableFailure): void;
  /**
   * It has been decided what follows from a failure that was reported before.
   *
   * @param hintedDelayMs the wait that was decided on because the service asked for one; absent when it was not
   */
  decided(failure: DecidableFailure, hintedDelayMs: number | undefined): void;
  /** The confirmed connection is lost. Undefined where no gate knows of others. */
  lost(
    failure: Pick<DecidableFailure, 'code' | 'origin'> & { readonly closeCode?: number },
  ): EndpointLoss | undefined;
  /** The attempt was given up, or the connection ended as it should. */
  left(): void;
  /** Why it does not go on now, and the least time until it does, milliseconds; 0 when that depends on the end of another dial. */
  whyWaiting(): { readonly why: string; readonly leastMs: number };
}

/** How an attempt joins the line. */
export interface GateEntry {
  /** Draws the times of the probes. */
  readonly random: Random;
  /** Sessions with the same one have the same credentials. Nothing can be read from it. */
  readonly account: string;
  /** Whether the session prepares its dial when its turn has come, without a permit. */
  readonly prepares: boolean;
  /** A permit that has not come back by then counts no more, milliseconds. */
  readonly leaseMs: number;
}

export interface DialGate {
  /** A session begins. */
  register(): void;
  /** A session that has begun is over. */
  unregister(): void;
  /** Joins the line. */
  enter(entry: GateEntry): DialPermit;
  readonly status: GateStatus;
  /** A request has been answered to its end: a part of a re-send is earned. */
  answered(): void;
  /** 0 when an utterance may be sent once more now, which is counted; otherwise when to ask again, in milliseconds. */
  resendInMs(account: string): number;
}

/**
 * One attempt's wait at the connect gate: over when it may go on, when the session ends, or when the outage has lasted as
 * long as it may. Reports a wait once; waiting costs no attempt.
 */

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
