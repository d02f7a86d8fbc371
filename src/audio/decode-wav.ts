/**
 * A WAV file: reads it from any source, up to a size limit, reads its RIFF chunks and makes mono PCM s16le of every usual encoding.
 * Checks every number of the header against the actual bytes. Keeps the sample rate.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { kindOf } from '../core/option/shown-value.js';
import { ConvertedAudio, sampleOfFloat, writeSamples, MAX_RATE_HZ, MIN_RATE_HZ } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';

/** A larger file is refused: 256 MiB are two hours of 16-bit samples at 16 kHz. */
export const MAX_WAV_BYTES = 256 * 1024 * 1024;

/** What a WAV file contains. */
export interface WavAudio {
  /** Sample rate, Hz, 8000 to 48000. */
  readonly sampleRateHz: number;
  /** The duration, milliseconds. */
  readonly durationMs: number;
  /** Mono PCM s16le; a view of the file's bytes if they have this form already. */
  readonly pcm: Uint8Array;
}

/** The contents of the fmt chunk. */
interface WavFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly encoding: Encoding;
}

/** One encoding of samples. */
interface Encoding {
  readonly bytes: number;
  readonly isPcm16: boolean;
  /** Reads a sample, scaled to 16 bits, before rounding. */
  readonly read: (view: DataView, at: number) => number;
}

const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const EXTENSIBLE_FORMAT_BYTES = 40;
const PCM = 0x0001;
const FLOAT = 0x0003;
const EXTENSIBLE = 0xfffe;
/** The fixed part of the GUID that follows the format tag in the sub-format of WAVE_FORMAT_EXTENSIBLE. */
const SUB_FORMAT_TAIL = '000000001000800000aa00389b71';
/** Programs that write to a pipe do not know the length, so they write the largest number. */
const UNKNOWN_LENGTH = 0x7fff0000;
const KNOWN_FORMATS: Readonly<Record<number, string | undefined>> = {
  0x0006: 'A-law',
  0x0007: 'µ-law',
  0x0055: 'MP3',
};

/** By the format tag and the bits of a sample: 24 and 32 bits are rounded to 16; 8 bits are unsigned. */
const ENCODINGS: Readonly<Record<number, Readonly<Record<number, Encoding | undefined>> | undefined>> = {
  [PCM]: {
    8: { bytes: 1, isPcm16: false, read: (view, at) => (view.getUint8(at) - 128) * 256 },
    16: { bytes: 2, isPcm16: true, read: (view, at) => view.getInt16(at, true) },
    24: {
      bytes: 3,
      isPcm16: false,
      read: (view, at) => view.getInt16(at + 1, true) + view.getUint8(at) / 256,
    },
    32: { bytes: 4, isPcm16: false, read: (view, at) => view.getInt32(at, true) / 65_536 },
  },
  [FLOAT]: {
    32: { bytes: 4, isPcm16: false, read: (view, at) => view.getFloat32(at, true) * 32_768 },
    64: { bytes: 8, isPcm16: false, read: (view, at) => view.getFloat64(at, true) * 32_768 },
  },
};

/** @throws RangeError with the problem and, if there is one, a remedy */
export function decodeWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) throw new RangeError('the file is empty');
  const magic = fourCharacters(view, 0);
  if (magic === 'RIFX' || magic === 'RF64') {
    throw new RangeError(`${magic} files are not supported, only RIFF ones; convert it first`);
  }
  if (magic !== 'RIFF' || fourCharacters(view, 8) !== 'WAVE') throw new RangeError('not a WAV file');

  let format: WavFormat | undefined;
  for (let at = 12; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const id = fourCharacters(view, at);
    const size = view.getUint32(at + 4, true);
    const from = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ') format = readFormat(view, from, size);
    if (id === 'data') {
      if (format === undefined) throw new RangeError('not a usable WAV file: no fmt chunk before the data');
      return withSamples(bytes, from, size, format);
    }
    // Chunks begin at even positions; the padding byte is not counted in the size.
    at = from + size + (size % 2);
  }
  const missing = format === undefined ? 'fmt' : 'data';
  throw new RangeError(`the WAV file is truncated: it has no ${missing} chunk`);
}

function readFormat(view: DataView, at: number, size: number): WavFormat {
  if (size < FORMAT_BYTES || at + size > view.byteLength) {
    throw new RangeError('the WAV file is truncated: its fmt chunk is incomplete');
  }
  const tag = pcmOrOther(view, at, size);
  const channels = view.getUint16(at + 2, true);
  const sampleRateHz = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  const ofTag = ENCODINGS[tag];
  if (ofTag === undefined) {
    const name = KNOWN_FORMATS[tag] ?? `format 0x${tag.toString(16).padStart(4, '0')}`;
    throw new RangeError(`the WAV file contains ${name}, not PCM or float; convert it to 16-bit PCM`);
  }
  const encoding = ofTag[bits];
  if (encoding === undefined) {
    const known = Object.keys(ofTag).join(', ');
    throw new RangeError(`the WAV file has ${bits}-bit samples, one of ${known} is needed; convert it first`);
  }
  if (channels !== 1 && channels !== 2) {
    throw new RangeError(
      `the WAV file has ${channels} channels, mono or stereo is needed; mix it down first`,
    );
  }
  if (sampleRateHz < MIN_RATE_HZ || sampleRateHz > MAX_RATE_HZ) {
    throw new RangeError(
      `the WAV file has ${sampleRateHz} Hz, ${MIN_RATE_HZ} to ${MAX_RATE_HZ} are needed; resample it first`,
    );
  }
  if (view.getUint16(at + 12, true) !== channels * encoding.bytes) {
    throw new RangeError('not a usable WAV file: the sizes in its fmt chunk contradict each other');
  }
  return { sampleRateHz, channels, encoding };
}

/** The format tag; for WAVE_FORMAT_EXTENSIBLE the tag in its sub-format, if it is an ordinary one. */
function pcmOrOther(view: DataView, at: number, size: number): number {
  const tag = view.getUint16(at, true);
  if (tag !== EXTENSIBLE || size < EXTENSIBLE_FORMAT_BYTES) return tag;
  let tail = '';
  for (let index = 26; index < EXTENSIBLE_FORMAT_BYTES; index++) {
    tail += view
      .getUint8(at + index)
      .toString(16)
      .padStart(2, '0');
  }
  return tail === SUB_FORMAT_TAIL ? view.getUint16(at + 24, true) : tag;
}

function withSamples(bytes: Uint8Array, from: number, size: number, format: WavFormat): WavAudio {
  const { sampleRateHz, channels, encoding } = format;
  const frameBytes = channels * encoding.bytes;
  const present = bytes.length - from;
  const streamed = size >= UNKNOWN_LENGTH && present < size;
  if (!streamed && present < size) {
    throw new RangeError(`the WAV file is truncated: it says ${size} bytes of audio and has ${present}`);
  }
  const length = streamed ? present - (present % frameBytes) : size;
  if (length === 0) throw new RangeError('the WAV file contains no audio');
  if (length % frameBytes !== 0) {
    throw new RangeError(`the WAV file ends in half a sample: ${length} bytes of audio`);
  }
  const frames = length / frameBytes;
  const durationMs = (frames / sampleRateHz) * 1_000;
  const audio = bytes.subarray(from, from + length);
  if (channels === 1 && encoding.isPcm16) return { sampleRateHz, durationMs, pcm: audio };
  const view = new DataView(audio.buffer, audio.byteOffset, audio.byteLength);
  const sampleAt = (frame: number): number => {
    const at = frame * frameBytes;
    const left = encoding.read(view, at);
    const mono = channels === 1 ? left : (left + encoding.read(view, at + encoding.bytes)) / 2;
    return sampleOfFloat(mono / 32_768);
  };
  return { sampleRateHz, durationMs, pcm: writeSamples(frames, sampleAt) };
}

function fourCharacters(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

/**
 * A WAV file as mono PCM s16le of its own rate: 8 to 48 kHz, 8, 16, 24 or 32 bits or float, mono or stereo (mixed down), at most 256 MiB.
 *
 * @param file its bytes, a stream or iterable of them, or its path (a string or a `file:` URL)
 * @throws (rejects) TypeError for another kind of value, RangeError for a file that is no such WAV file, and the error of the file system
 * @example
 * ```ts
 * const { pcm, sampleRateHz } = await readWav('speech.wav');
 * session.speak(resample(pcm, { fromHz: sampleRateHz, toHz: 16_000 }));
 * ```
 */
export async function readWav(file: Source<AudioChunk> | string | URL): Promise<WavAudio> {
  if (typeof file === 'string' || file instanceof URL) return decodeWav(await readPath(file));
  if (typeof file !== 'object' || (file as unknown) === null)
    throw new TypeError(`file must be bytes, a stream of them or a path, got ${kindOf(file)}`);
  return decodeWav(await readSource(file));
}

async function readPath(path: string | URL): Promise<Uint8Array> {
  // Opening a pipe would wait for its writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new RangeError('the WAV file is not a regular file');
    if (found.size > MAX_WAV_BYTES) throw tooLarge();
    return await readSource(handle.createReadStream({ autoClose: false }));
  } finally {
    await handle.close();
  }
}

async function readSource(source: unknown): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of new ConvertedAudio(source, new BytesStage())) {
    bytes += piece.length;
    if (bytes > MAX_WAV_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function tooLarge(): RangeError {
  return new RangeError(`the WAV file is larger than ${MAX_WAV_BYTES / 1024 / 1024} MiB`);
}

/** Collects chunks as copies, because the source may reuse its memory. */
class BytesStage implements Stage {
  #chunk: Uint8Array | undefined;

  feed(chunk: unknown): void {
    const bytes = toBytes(chunk as AudioChunk);
    this.#chunk = bytes.length > 0 ? new Uint8Array(bytes) : undefined;
  }

  take(): Uint8Array | undefined {
    const chunk = this.#chunk;
    this.#chunk = undefined;
    return chunk;
  }
}
