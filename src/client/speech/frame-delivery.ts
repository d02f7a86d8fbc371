/** Frames on their way to handlers: which may be called now, and what waits for the end of a pause, in bounded memory. */
import type { Deliverable, Notifier } from '../events/notifier.js';
import type { ActiveUtterance } from './active-utterance.js';

/** Memory for them, bytes: about ten minutes of animation. */
const MAX_PAUSED_BYTES = 8 * 1024 * 1024;
/** What a frame costs beside its bytes, at most. */
const FRAME_BYTES = 256;
/** A frame may be a small view of all that the system read at once; such a one is copied. */
const MAX_WASTE = 2;

interface PausedFrame {
  /** Undefined for a request that the service began by itself. */
  readonly utterance: ActiveUtterance | undefined;
  readonly keptBytes: number;
  /** False when it has to be kept again: the session was paused meanwhile. */
  readonly handOver: () => boolean;
}

export class PausedFrames {
  #frames: PausedFrame[] = [];
  #keptBytes = 0;
  /** While frames are handed over: how many were added since the latest of them. They come before those that waited already. */
  #addedMeanwhile: number | undefined;

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** Whether no further frame may be kept. */
  get isFull(): boolean {
    return this.#keptBytes > MAX_PAUSED_BYTES;
  }

  /** `handOver` gets the bytes, or a copy of them; false when the frame has to be kept again. */
  add(
    utterance: ActiveUtterance | undefined,
    bytes: Uint8Array,
    handOver: (bytes: Uint8Array) => boolean,
  ): void {
    const own = bytes.buffer.byteLength > MAX_WASTE * bytes.length ? copyOf(bytes) : bytes;
    const keptBytes = own.buffer.byteLength + FRAME_BYTES;
    this.#keep({ utterance, keptBytes, handOver: () => handOver(own) });
  }

  /** What is left of the delivery of a frame that was handed over when the session was paused. `call`: as `handOver`. */
  addCall(utterance: ActiveUtterance | undefined, call: () => boolean): void {
    this.#keep({ utterance, keptBytes: FRAME_BYTES, handOver: call });
  }

  #keep(frame: PausedFrame): void {
    this.#keptBytes += frame.keptBytes;
    if (this.#addedMeanwhile === undefined) this.#frames.push(frame);
    else this.#frames.splice(this.#addedMeanwhile++, 0, frame);
  }

  /** The utterance is over, or everything was interrupted: its frames are not wanted any more. */
  drop(utterance: ActiveUtterance | undefined): void {
    if (this.isEmpty) return;
    const kept = this.#frames.filter((frame) => frame.utterance !== utterance);
    this.#frames = kept;
    this.#keptBytes = kept.reduce((sum, frame) => sum + frame.keptBytes, 0);
  }

  /** Hands over what waits, until a handler pauses the session again. */
  release(): void {
    for (let next = this.#frames.shift(); next !== undefined; next = this.#frames.shift()) {
      this.#keptBytes -= next.keptBytes;
      this.#addedMeanwhile = 0;
      const isDone = next.handOver();
      this.#addedMeanwhile = undefined;
      if (isDone) continue;
      this.#frames.unshift(next);
      this.#keptBytes += next.keptBytes;
      return;
    }
  }
}

/** In memory of its own: `slice` of a Buffer is a view. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/**
 * What the handlers of a frame depend on while they are called one after the other: one of them may interrupt the utterance, close
 * the session or pause it. Then the handlers that come later get the frame after the pause, or not at all. Knows no handlers.
 */

/** The session, as far as the delivery of frames is concerned. */
export interface DeliveryHost {
  /** Whether the application has ended the session. */
  readonly endedByApplication: boolean;
  readonly lifecycle: { readonly notifier: Pick<Notifier, 'inTurn'> };
  readonly speech: {
    /** How often everything was interrupted. */
    readonly interruptions: number;
    readonly pausing: { readonly holdsNow: boolean; readonly frames: PausedFrames } | undefined;
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
    speech.pausing?.frames.addCall(this.#utterance, () => {
      if (this.mustWait) return false;
      if (!this.revoked) lifecycle.notifier.inTurn(call);
      return true;
    });
  }
}
