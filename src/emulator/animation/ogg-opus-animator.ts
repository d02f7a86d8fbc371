/**
 * Keyframes from Ogg Opus. The stream is cut into pages, however it arrives; the capture pattern and the version are checked, the
 * checksum is not. A page contains the audio up to its granule position (48 kHz, less the pre-skip of the head page). Without a decoder
 * the hash covers all whole pages, and the "loudness" of a page is the mean distance of its bytes from 128: it is no acoustic value, but
 * a function of the audio. With a decoder, the keyframes are those of the decoded PCM.
 */
import type { Keyframe } from '../../ports/message.js';
import {
  type Animator,
  AudioFormatError,
  emulatedKeyframe,
  KEYFRAMES_PER_SECOND,
  PcmAnimator,
  RunningHash,
} from './animator.js';

const GRANULES_PER_SECOND = 48_000;
const GRANULES_PER_KEYFRAME = GRANULES_PER_SECOND / KEYFRAMES_PER_SECOND;

/** Decodes the packets of one stream to mono PCM s16le. */
export interface OpusDecoding {
  readonly sampleRateHz: number;
  readonly decode: (packet: Uint8Array) => Uint8Array;
}

export class OggOpusAnimator implements Animator {
  readonly #decoded: DecodedAudio | undefined;
  readonly #reader = new OggPageReader();
  readonly #hash = new RunningHash();
  #preSkip = 0;
  #granules = 0;
  #index = 0;
  #loudness = 0;

  constructor(decoding?: OpusDecoding) {
    this.#decoded = decoding && new DecodedAudio(decoding);
  }

  get audioMs(): number {
    return (this.#granules * 1000) / GRANULES_PER_SECOND;
  }

  push(audio: Uint8Array): Keyframe[] {
    return this.#reader.push(audio).flatMap((page) => this.#take(page));
  }

  finish(): Keyframe[] {
    if (this.#decoded !== undefined) return this.#decoded.animator.finish();
    return this.#keyframesUntil(Math.ceil(this.#granules / GRANULES_PER_KEYFRAME));
  }

  #take({ granule, bytes, payload, segments }: OggPage): Keyframe[] {
    this.#hash.update(bytes);
    if (Buffer.from(payload.subarray(0, 8)).toString('latin1') === 'OpusHead' && payload.length >= 12) {
      this.#preSkip = (payload[10] ?? 0) | ((payload[11] ?? 0) << 8);
      return [];
    }
    if (granule === undefined || granule === 0) return [];
    this.#loudness = loudnessOf(payload);
    this.#granules = Math.max(this.#granules, granule - this.#preSkip);
    if (this.#decoded !== undefined) {
      return this.#decoded.push(payload, segments, this.#preSkip / GRANULES_PER_SECOND, this.audioMs / 1_000);
    }
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

/** The audio of the packets, without the parts that a decoder drops at the beginning and at the end. No packet is split between pages. */
class DecodedAudio {
  readonly animator: PcmAnimator;
  readonly #decoding: OpusDecoding;
  /** Decoded bytes so far, dropped ones included; and the number of bytes that the animator has received. */
  #decodedBytes = 0;
  #animatedBytes = 0;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(decoding: OpusDecoding) {
    this.#decoding = decoding;
    this.animator = new PcmAnimator(decoding.sampleRateHz);
  }

  /** @param untilS the end of the audio of this page, seconds */
  push(payload: Uint8Array, segments: Uint8Array, preSkipS: number, untilS: number): Keyframe[] {
    const { sampleRateHz, decode } = this.#decoding;
    const bytesOf = (seconds: number): number => 2 * Math.round(seconds * sampleRateHz);
    const pieces: Uint8Array[] = [this.#rest];
    for (const packet of packetsOf(payload, segments)) {
      const pcm = decode(packet);
      const dropped = Math.min(pcm.length, Math.max(0, bytesOf(preSkipS) - this.#decodedBytes));
      this.#decodedBytes += pcm.length;
      pieces.push(pcm.subarray(dropped));
    }
    const audio = Buffer.concat(pieces);
    const due = Math.min(audio.length, bytesOf(untilS) - this.#animatedBytes);
    this.#animatedBytes += due;
    this.#rest = audio.subarray(due);
    return this.animator.push(audio.subarray(0, due));
  }
}

function packetsOf(payload: Uint8Array, segments: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let from = 0;
  let to = 0;
  for (const bytes of segments) {
    to += bytes;
    if (bytes === FULL_SEGMENT) continue;
    packets.push(payload.subarray(from, to));
    from = to;
  }
  return packets;
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
  /** The sizes of the segments of its packets. */
  readonly segments: Uint8Array;
}

const HEADER_BYTES = 27;
/** A segment of this size is continued by the next one. */
const FULL_SEGMENT = 255;

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
    segments: bytes.subarray(HEADER_BYTES, bodyAt),
  };
}
