/**
 * What the handlers of a frame depend on while they are called one after the other: one of them may interrupt the utterance, close
 * the session or pause it. Then the handlers that come later get the frame after the pause, or not at all. Knows no handlers.
 */
import type { Deliverable, Notifier } from '../events/notifier.js';
import type { HeldFrames } from './held-frames.js';
import type { ActiveUtterance } from './active-utterance.js';

/** The session, as far as the delivery of frames is concerned. */
export interface DeliveryHost {
  /** Whether the application has ended the session. */
  readonly endedByApplication: boolean;
  readonly lifecycle: { readonly notifier: Pick<Notifier, 'inTurn'> };
  readonly speech: {
    /** How often everything was interrupted. */
    readonly interruptions: number;
    readonly pausing: { readonly holdsNow: boolean; readonly held: HeldFrames } | undefined;
  };
}

export class FrameDelivery implements Deliverable {
  readonly #host: DeliveryHost;
  /** Undefined for a request that the service began by itself. */
  readonly #utterance: ActiveUtterance | undefined;
  readonly #interruptions: number;

  constructor(host: DeliveryHost, utterance: ActiveUtterance | undefined) {
    this.#host = host;
    this.#utterance = utterance;
    this.#interruptions = host.speech.interruptions;
  }

  get revoked(): boolean {
    const { endedByApplication, speech } = this.#host;
    return endedByApplication || (this.#utterance?.revoked ?? speech.interruptions !== this.#interruptions);
  }

  get mustWait(): boolean {
    return this.#host.speech.pausing?.holdsNow === true;
  }

  /** Calls it after the pause, in its order; never when the delivery is revoked until then. */
  wait(call: () => void): void {
    const { lifecycle, speech } = this.#host;
    speech.pausing?.held.holdCall(this.#utterance, () => {
      if (this.mustWait) return false;
      if (!this.revoked) lifecycle.notifier.inTurn(call);
      return true;
    });
  }
}
