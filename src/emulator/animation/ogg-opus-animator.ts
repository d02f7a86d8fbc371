/**
 * Keyframes from Ogg Opus without decoding it. The stream is cut into pages, however it arrives; the capture
 * pattern and the version are checked, the checksum is not. A page brings the audio up to its granule
 * position (48 kHz, less the pre-skip of the head page). The hash covers all whole pages. The "loudness" of a
 * page is the mean distance of its bytes from 128: not acoustics, but a function of the audio.
 */
import type { Keyframe } from '../../ports/message.js';
import {
  type Animator,
  AudioFormatError,
  emulatedKeyframe,
  KEYFRAMES_PER_SECOND,
  RunningHash,
} from './animator.js';

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

interface OggPage {
  /** Position at the end of the page, or undefined when no packet ends on it. */
  readonly granule: number | undefined;
  /** The whole page, header included. */
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 27;

class OggPageReader {
  #rest: Uint8Array = new Uint8Array(0);

  push(piece: Uint8Array): OggPage[] {
    let bytes = Buffer.concat([this.#rest, piece]);
    const pages: OggPage[] = [];
    for (let page = readPage(bytes); page !== undefined; page = readPage(bytes)) {
      pages.push(page);
      bytes = bytes.subarray(page.bytes.length);
    }
    this.#rest = bytes;
    return pages;
  }
}

function readPage(bytes: Buffer): OggPage | undefined {
  const pattern = 'OggS'.slice(0, Math.min(4, bytes.length));
  if (bytes.toString('latin1', 0, pattern.length) !== pattern || (bytes.length > 4 && bytes[4] !== 0)) {
    throw new AudioFormatError('audio is not an Ogg stream');
  }
  if (bytes.length < HEADER_BYTES) return undefined;
  const bodyAt = HEADER_BYTES + bytes.readUInt8(26);
  if (bytes.length < bodyAt) return undefined;
  const bodyBytes = bytes.subarray(HEADER_BYTES, bodyAt).reduce((sum, lacing) => sum + lacing, 0);
  if (bytes.length < bodyAt + bodyBytes) return undefined;
  const granule = bytes.readBigInt64LE(6);
  return {
    granule: granule < 0n ? undefined : Number(granule),
    bytes: bytes.subarray(0, bodyAt + bodyBytes),
    payload: bytes.subarray(bodyAt, bodyAt + bodyBytes),
  };
}
