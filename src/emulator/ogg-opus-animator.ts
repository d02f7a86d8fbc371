/**
 * Keyframes from Ogg Opus without decoding it. A page brings the audio up to its granule position (48 kHz, less the
 * pre-skip of the head page); the hash covers all whole pages, and the "loudness" of a page is the mean distance of its
 * bytes from 128: no acoustics, but a function of the audio.
 */
import type { Keyframe } from '../wire/message.js';
import { KEYFRAMES_PER_SECOND, type Animator } from './animator.js';
import { emulatedKeyframe } from './emulated-keyframe.js';
import { OggPageReader, type OggPage } from './ogg-page-reader.js';
import { RunningHash } from './running-hash.js';

const GRANULES_PER_SECOND = 48_000;
const GRANULES_PER_KEYFRAME = GRANULES_PER_SECOND / KEYFRAMES_PER_SECOND;

export class OggOpusAnimator implements Animator {
  readonly #reader = new OggPageReader();
  readonly #hash = new RunningHash();
  #preSkip = 0;
  #granules = 0;
  #index = 0;
  #loudness = 0;

  get audioMs(): number {
    return (this.#granules * 1000) / GRANULES_PER_SECOND;
  }

  push(audio: Uint8Array): Keyframe[] {
    return this.#reader.push(audio).flatMap((page) => this.#take(page));
  }

  finish(): Keyframe[] {
    return this.#keyframesUntil(Math.ceil(this.#granules / GRANULES_PER_KEYFRAME));
  }

  #take({ granule, bytes, payload }: OggPage): Keyframe[] {
    this.#hash.update(bytes);
    if (Buffer.from(payload.subarray(0, 8)).toString('latin1') === 'OpusHead' && payload.length >= 12) {
      this.#preSkip = (payload[10] ?? 0) | ((payload[11] ?? 0) << 8);
      return [];
    }
    if (granule === undefined || granule === 0) return [];
    this.#loudness = loudnessOf(payload);
    this.#granules = Math.max(this.#granules, granule - this.#preSkip);
    return this.#keyframesUntil(Math.floor(this.#granules / GRANULES_PER_KEYFRAME));
  }

  #keyframesUntil(index: number): Keyframe[] {
    const keyframes: Keyframe[] = [];
    while (this.#index < index) {
      keyframes.push(emulatedKeyframe(this.#index++, this.#loudness, this.#hash.digest));
    }
    return keyframes;
  }
}

function loudnessOf(payload: Uint8Array): number {
  const distance = payload.reduce((sum, byte) => sum + Math.abs(byte - 128), 0);
  return Math.fround(distance / (128 * Math.max(1, payload.length)));
}
