/**
 * Makes keyframes from the audio of one request: the interface, with one implementation per audio format, the shared formula, and the
 * implementation for PCM (mono s16le). A keyframe is computed from the loudness of a moment, its index in the request, and a hash of all
 * audio up to its end. For PCM that is a pure function of the audio, independent of the pieces in which it arrives; the loudness of 40 ms
 * is their root mean square, 0 to 1, and an incomplete last frame counts as a whole one. Every float is exact in 32 bits, so keyframes
 * compare with `toEqual`, and a test detects a lost, repeated, reordered or wrong keyframe, even in silence.
 */
import type { Keyframe } from '../../ports/message.js';

/** The service animates 25 keyframes per second of audio. */
export const KEYFRAMES_PER_SECOND = 25;
export const KEYFRAME_MS = 1000 / KEYFRAMES_PER_SECOND;

export interface Animator {
  /** Duration of the audio so far, milliseconds, as far as it is known. */
  readonly audioMs: number;
  /**
   * The keyframes that this piece completes. Throws AudioFormatError for bytes that are not of the format.
   */
  push(audio: Uint8Array): Keyframe[];
  /** The keyframe of the last, incomplete 40 ms, if any. Call once. */
  finish(): Keyframe[];
}

/** The audio is not in the configured format. */
export class AudioFormatError extends Error {
  override readonly name = 'AudioFormatError';
}

/** Floats in `expression`; with the other lists 120 in all, about as many as the real service sends. */
const EXPRESSION_LENGTH = 100;
/** One blink every four seconds. */
const BLINK_EVERY_KEYFRAMES = 100;

/**
 * `expression` begins with loudness (0 to 1), index, and the two hash numbers; the rest moves with both.
 * `jawPose[0]` is the loudness.
 */
export function emulatedKeyframe(
  index: number,
  loudness: number,
  [digestA, digestB]: readonly [number, number],
): Keyframe {
  const expression = [loudness, index, digestA, digestB];
  let state = digestA ^ Math.imul(digestB, 0x9e3779b1);
  while (expression.length < EXPRESSION_LENGTH) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    expression.push(Math.fround(((state >>> 8) / 0x800000 - 1) * loudness));
  }
  const lid = index % BLINK_EVERY_KEYFRAMES < 3 ? 1 : 0;
  const sway = ((index % 64) - 32) / 1024;
  return {
    translation: [0, sway / 8, 0],
    rotation: [0, sway, 0],
    neckPose: [sway, 0, 0],
    jawPose: [loudness, 0, 0],
    eyePose: [sway, 0, 0, sway, 0, 0],
    eyeLid: [lid, lid],
    expression,
  };
}

/**
 * A running hash of all bytes so far, in two lanes with 24 bits each: whole numbers that a 32-bit float
 * represents exactly. It distinguishes audio in tests; it is not a cryptographic hash.
 */
export class RunningHash {
  #a = 0x811c9dc5;
  #b = 0x2545f491;

  /** Every byte changes the hash, zeros included, so silence changes it too. */
  update(bytes: Uint8Array, from = 0, to = bytes.length): void {
    let a = this.#a;
    let b = this.#b;
    for (let index = from; index < to; index++) {
      const byte = (bytes[index] ?? 0) + 1;
      a = Math.imul(a ^ byte, 0x01000193);
      b = (Math.imul(b, 0x2c9277b5) + byte) | 0;
    }
    this.#a = a;
    this.#b = b;
  }

  /** Upper 24 bits of each lane; the lower ones of such a multiplication mix badly. */
  get digest(): readonly [number, number] {
    return [this.#a >>> 8, this.#b >>> 8];
  }
}

/**
 * The keyframes that the service sends for one whole request: `ceil(seconds × 25)`.
 *
 * @example
 * ```ts
 * const expected = animate(pcm, 16_000).length; // the number of keyframes that a session must receive for it
 * ```
 */
export function animate(pcm: Uint8Array, sampleRate: number): Keyframe[] {
  const animator = new PcmAnimator(sampleRate);
  return [...animator.push(pcm), ...animator.finish()];
}

/**
 * Like `animate`, for a request that begins with the audio of keyframe `start`, as it does after a recovery: its keyframes are numbered
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

/** Keyframes of silence, for messages without audio. */
export function silentKeyframes(count: number): Keyframe[] {
  const sampleRate = 16_000;
  return animate(new Uint8Array((count * 2 * sampleRate) / KEYFRAMES_PER_SECOND), sampleRate);
}

/** Animates PCM piece by piece; a sample may be split between two pieces. */
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
    // Local variables, because this loop runs for every byte of every session.
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
