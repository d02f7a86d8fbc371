/**
 * Keyframes from PCM (mono s16le): a pure function of the audio, whatever the pieces in which it arrives. The
 * loudness of 40 ms is their root mean square, 0 to 1; an incomplete last frame counts as one. Knows no time
 * and no socket.
 */
import type { Keyframe } from '../../ports/message.js';
import { type Animator, emulatedKeyframe, KEYFRAMES_PER_SECOND, RunningHash } from './animator.js';

/**
 * What the service sends for one whole request: `ceil(seconds × 25)` keyframes.
 *
 * @example
 * ```ts
 * const expected = animate(pcm, 16_000).length; // as many keyframes as a session must get for it
 * ```
 */
export function animate(pcm: Uint8Array, sampleRate: number): Keyframe[] {
  const animator = new PcmAnimator(sampleRate);
  return [...animator.push(pcm), ...animator.finish()];
}

/**
 * As `animate`, for a request that begins with the audio of keyframe `start`, as the one after a recovery does: its keyframes are numbered
 * from 0 in `expression[1]`.
 *
 * @example
 * ```ts
 * // The frame with `resumed: true` begins with this keyframe, where the request began with keyframe 22 of the utterance.
 * const expected = animateFrom(pcm, 16_000, 22)[frame.index - 22];
 * ```
 */
export function animateFrom(pcm: Uint8Array, sampleRate: number, start: number): Keyframe[] {
  return animate(pcm.subarray(start * frameBytesOf(sampleRate)), sampleRate);
}

/** Keyframes of silence, for messages that belong to no audio. */
export function silentKeyframes(count: number): Keyframe[] {
  const sampleRate = 16_000;
  return animate(new Uint8Array((count * 2 * sampleRate) / KEYFRAMES_PER_SECOND), sampleRate);
}

/** The same, piece by piece; a sample may be split between two pieces. */
export class PcmAnimator implements Animator {
  readonly #bytesPerMs: number;
  readonly #frameBytes: number;
  readonly #hash = new RunningHash();
  #totalBytes = 0;
  #frameFill = 0;
  #sumOfSquares = 0;
  #lowByte = 0;
  #index = 0;

  constructor(sampleRate: number) {
    this.#bytesPerMs = (2 * sampleRate) / 1000;
    this.#frameBytes = frameBytesOf(sampleRate);
  }

  get audioMs(): number {
    return this.#totalBytes / this.#bytesPerMs;
  }

  push(audio: Uint8Array): Keyframe[] {
    const keyframes: Keyframe[] = [];
    for (let from = 0; from < audio.length;) {
      const to = Math.min(audio.length, from + this.#frameBytes - this.#frameFill);
      this.#take(audio, from, to);
      if (this.#frameFill === this.#frameBytes) keyframes.push(this.#complete());
      from = to;
    }
    return keyframes;
  }

  finish(): Keyframe[] {
    return this.#frameFill > 0 ? [this.#complete()] : [];
  }

  #take(audio: Uint8Array, from: number, to: number): void {
    this.#hash.update(audio, from, to);
    // Locals: this loop runs for every byte of every session.
    let isLow = this.#frameFill % 2 === 0;
    let lowByte = this.#lowByte;
    let sumOfSquares = this.#sumOfSquares;
    for (let index = from; index < to; index++) {
      const byte = audio[index] ?? 0;
      if (isLow) {
        lowByte = byte;
      } else {
        const sample = ((byte << 24) >> 16) | lowByte;
        sumOfSquares += sample * sample;
      }
      isLow = !isLow;
    }
    this.#lowByte = lowByte;
    this.#sumOfSquares = sumOfSquares;
    this.#frameFill += to - from;
    this.#totalBytes += to - from;
  }

  #complete(): Keyframe {
    const samples = Math.max(1, Math.floor(this.#frameFill / 2));
    const loudness = Math.fround(Math.sqrt(this.#sumOfSquares / samples) / 32_768);
    this.#frameFill = 0;
    this.#sumOfSquares = 0;
    return emulatedKeyframe(this.#index++, loudness, this.#hash.digest);
  }
}

function frameBytesOf(sampleRate: number): number {
  return 2 * Math.ceil(sampleRate / KEYFRAMES_PER_SECOND);
}
