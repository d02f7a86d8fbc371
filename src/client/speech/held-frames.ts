/** Frames that came while the session is paused: they keep their order, their memory is bounded, and none of them is lost. */
import type { ActiveUtterance } from './active-utterance.js';

/** Memory for them, bytes: about ten minutes of animation. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;
/** What a frame costs beside its bytes, at most. */
const FRAME_BYTES = 256;
/** A frame may be a small view of all that the system read at once; such a one is copied. */
const MAX_WASTE = 2;

interface HeldFrame {
  /** Undefined for a request that the service began by itself. */
  readonly utterance: ActiveUtterance | undefined;
  readonly keptBytes: number;
  /** False when it has to be held again: the session was paused meanwhile. */
  readonly handOver: () => boolean;
}

export class HeldFrames {
  #frames: HeldFrame[] = [];
  #keptBytes = 0;
  /** While frames are handed over: how many were held since the latest of them. They come before those that waited already. */
  #heldMeanwhile: number | undefined;

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** Whether no further frame may be held. */
  get isFull(): boolean {
    return this.#keptBytes > MAX_HELD_BYTES;
  }

  /** `handOver` gets the bytes, or a copy of them; false when the frame has to be held again. */
  hold(
    utterance: ActiveUtterance | undefined,
    bytes: Uint8Array,
    handOver: (bytes: Uint8Array) => boolean,
  ): void {
    const own = bytes.buffer.byteLength > MAX_WASTE * bytes.length ? copyOf(bytes) : bytes;
    const keptBytes = own.buffer.byteLength + FRAME_BYTES;
    this.#add({ utterance, keptBytes, handOver: () => handOver(own) });
  }

  /** What is left of the delivery of a frame that was handed over when the session was paused. `call`: as `handOver`. */
  holdCall(utterance: ActiveUtterance | undefined, call: () => boolean): void {
    this.#add({ utterance, keptBytes: FRAME_BYTES, handOver: call });
  }

  #add(frame: HeldFrame): void {
    this.#keptBytes += frame.keptBytes;
    if (this.#heldMeanwhile === undefined) this.#frames.push(frame);
    else this.#frames.splice(this.#heldMeanwhile++, 0, frame);
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
      this.#heldMeanwhile = 0;
      const isDone = next.handOver();
      this.#heldMeanwhile = undefined;
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
