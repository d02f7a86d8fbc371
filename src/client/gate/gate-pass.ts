/**
 * What a connect gate is for the shell: a line that every attempt passes through, and what is reported back to it about the
 * dial and the connection that came of it. How it decides is the core's business.
 */
import type { DecidableFailure } from '../../core/policy/decide.js';
import type { GateStanding } from '../../core/policy/gate-standing.js';
import type { Random } from '../../ports/random.js';

/** One attempt at the gate, and then its connection. Whatever is reported after its end changes nothing. */
export interface GatePass {
  /** Resolves when the dial may begin; undefined when it may begin now. Never rejects: whoever waits no more says `left`. */
  readonly admission: Promise<void> | undefined;
  /** The dial ended with a confirmed connection. */
  confirmed(): void;
  /**
   * The dial failed.
   *
   * @param hintedDelayMs the wait that was decided on because the service asked for one; absent when it was not
   */
  failed(failure: DecidableFailure, hintedDelayMs: number | undefined): void;
  /**
   * The confirmed connection is lost.
   *
   * @returns how many sessions the same drain notice sends away, this one included; undefined where it was none
   */
  lost(failure: Pick<DecidableFailure, 'code'> & { readonly closeCode?: number }): number | undefined;
  /** The attempt was given up, or the connection ended as it should. */
  left(): void;
}

export interface DialGate {
  /** A session begins. */
  enrol(): void;
  /** A session that has begun is over. */
  resign(): void;
  /** Joins the line. The random source draws the times of the probes. */
  enter(random: Random): GatePass;
  readonly standing: GateStanding;
  /** When the gate lets the next one in, as far as only time is needed for it, milliseconds of its clock. */
  readonly nextAtMs: number | undefined;
  /** A request has been answered to its end: a part of a re-send is earned. */
  answered(): void;
  /** 0 when an utterance may be sent once more now, which is counted; otherwise when to ask again, in milliseconds. */
  resendInMs(): number;
}
