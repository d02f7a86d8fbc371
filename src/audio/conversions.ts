/**
 * Converts other encodings of samples to PCM s16le of the same rate: floats, G.711 (µ-law and A-law, ITU-T; one byte is one sample, by a
 * table of 256), and base64, as separate texts or as one text that is split anywhere. Also converts a source that `speak()` got with a
 * format to the PCM of its session: this file is loaded when the first such audio is spoken.
 */
import { Buffer } from 'node:buffer';
import { kindOfArray, toBytes, NotAudioError } from '../client/speech/audio-chunk.js';
import type { AudioChunk, AudioSource } from '../client/speech/audio-chunk.js';
import { requireFunction } from '../core/option/option-check.js';
import { SAMPLE_BYTES } from '../core/utterance/sample-aligner.js';
import { BytePieces, ConvertedAudio, refuseChunk, sampleOfFloat, writeSamples } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';
import { resample } from './resample.js';

const FLOAT_BYTES = 4;
const FLOAT_PIECE_BYTES = 32 * 1024;

/**
 * Float samples to PCM s16le of the same rate: `Float32Array` as it is, other bytes as float32, little endian, split anywhere. Values
 * beyond −1…1 are clipped, NaN is silence. A part of a sample at the end of the source is dropped.
 *
 * @throws TypeError for a value that is no source; while it is read, for a chunk that is no audio
 * @example
 * ```ts
 * session.speak(fromFloat32(cartesia)); // raw, pcm_f32le
 * ```
 */
export function fromFloat32(
  source: Source<AudioChunk | Float32Array>,
): AsyncIterableIterator<Uint8Array, undefined> {
  return new ConvertedAudio(source, new Float32Stage());
}

class Float32Stage implements Stage {
  readonly #pieces = new BytePieces(FLOAT_BYTES, FLOAT_PIECE_BYTES);

  feed(chunk: unknown): void {
    this.#pieces.feed(isFloat32Array(chunk) ? bytesOfFloats(chunk) : toBytes(chunk as AudioChunk));
  }

  take(): Uint8Array | undefined {
    const bytes = this.#pieces.take();
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return writeSamples(bytes.length / FLOAT_BYTES, (at) =>
      sampleOfFloat(view.getFloat32(at * FLOAT_BYTES, true)),
    );
  }
}

function isFloat32Array(chunk: unknown): chunk is Float32Array {
  return ArrayBuffer.isView(chunk) && kindOfArray(chunk) === 'Float32Array';
}

/** Every machine that runs Node 20 has little-endian floats. */
function bytesOfFloats(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

const G711_PIECE_BYTES = 16 * 1024;
/** Added by the encoder, so that every segment begins at a power of two. */
const MULAW_BIAS = 0x84;

let mulaw: Int16Array | undefined;
let alaw: Int16Array | undefined;

/**
 * µ-law (G.711, `ulaw_8000`) to PCM s16le of the same rate.
 *
 * @throws TypeError for a value that is no source; while it is read, for a chunk that is no audio
 * @example
 * ```ts
 * session.speak(resample(fromMulaw(call), { fromHz: 8000, toHz: 16_000 }));
 * ```
 */
export function fromMulaw(source: Source<AudioChunk>): AsyncIterableIterator<Uint8Array, undefined> {
  mulaw ??= Int16Array.from({ length: 256 }, (_, code) => fromMulawCode(code));
  return new ConvertedAudio(source, new G711Stage(mulaw));
}

/**
 * A-law (G.711) to PCM s16le of the same rate.
 *
 * @throws TypeError for a value that is no source; while it is read, for a chunk that is no audio
 * @example
 * ```ts
 * session.speak(resample(fromAlaw(call), { fromHz: 8000, toHz: 16_000 }));
 * ```
 */
export function fromAlaw(source: Source<AudioChunk>): AsyncIterableIterator<Uint8Array, undefined> {
  alaw ??= Int16Array.from({ length: 256 }, (_, code) => fromAlawCode(code));
  return new ConvertedAudio(source, new G711Stage(alaw));
}

class G711Stage implements Stage {
  readonly #table: Int16Array;
  readonly #pieces = new BytePieces(1, G711_PIECE_BYTES);

  constructor(table: Int16Array) {
    this.#table = table;
  }

  feed(chunk: unknown): void {
    this.#pieces.feed(toBytes(chunk as AudioChunk));
  }

  take(): Uint8Array | undefined {
    const codes = this.#pieces.take();
    if (codes === undefined) return undefined;
    return writeSamples(codes.length, (at) => this.#table[codes[at] ?? 0] ?? 0);
  }
}

function fromMulawCode(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? MULAW_BIAS - magnitude : magnitude - MULAW_BIAS;
}

function fromAlawCode(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

const BASE64_PIECE_BYTES = 32 * 1024;
/** Base64 and its variant for URLs; line breaks are removed before. */
const BASE64 = /^[A-Za-z0-9+/_-]*$/;

/**
 * Base64 of PCM s16le to bytes. A text without padding may continue in the next one. An odd byte at the end of the source is dropped.
 *
 * @param source texts, or with `pick` any items, such as a provider's messages
 * @param pick the text of an item; undefined or null for an item without audio, which is left out
 * @throws TypeError for a value that is no source; while it is read, for a text that is no base64
 * @example
 * ```ts
 * session.speak(fromBase64(messages, (message) => (message.type === 'response.output_audio.delta' ? message.delta : undefined)));
 * ```
 */
export function fromBase64(source: Source<string>): AsyncIterableIterator<Uint8Array, undefined>;
export function fromBase64<Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  pick: (item: Item) => string | null | undefined,
): AsyncIterableIterator<Uint8Array, undefined>;
export function fromBase64(
  source: unknown,
  pick?: (item: never) => string | null | undefined,
): AsyncIterableIterator<Uint8Array, undefined> {
  if (pick !== undefined) requireFunction('pick', pick);
  return new ConvertedAudio(source, new Base64Stage(pick as ((item: unknown) => unknown) | undefined));
}

class Base64Stage implements Stage {
  readonly #pick: ((item: unknown) => unknown) | undefined;
  readonly #pieces = new BytePieces(SAMPLE_BYTES, BASE64_PIECE_BYTES);
  /** At most three characters, whose group may be completed by the next text. */
  #rest = '';

  constructor(pick: ((item: unknown) => unknown) | undefined) {
    this.#pick = pick;
  }

  feed(item: unknown): void {
    const picked = this.#pick === undefined ? item : this.#pick(item);
    if (this.#pick !== undefined && (picked === undefined || picked === null)) return;
    if (typeof picked !== 'string') refuseChunk('base64 text', picked);
    const parts = (this.#rest + picked.replaceAll(/\s/g, '')).split(/=+/);
    this.#rest = '';
    const last = parts.pop() ?? '';
    const whole = last.length - (last.length % 4);
    // Padding ends a text, so everything before it is complete.
    const decoded = [...parts, last.slice(0, whole)].map(decodeBase64);
    this.#rest = checked(last.slice(whole));
    const [only] = decoded;
    this.#pieces.feed(
      decoded.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(decoded)),
    );
  }

  take(): Uint8Array | undefined {
    return this.#pieces.take();
  }

  end(): void {
    this.#pieces.feed(decodeBase64(this.#rest));
    this.#rest = '';
  }
}

function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 === 1) throw new NotAudioError('audio must be base64 text, got one that is cut off');
  // A copy, because a small Buffer shares its memory with others.
  return new Uint8Array(Buffer.from(checked(text), 'base64'));
}

function checked(text: string): string {
  if (!BASE64.test(text))
    throw new NotAudioError('audio must be base64 text, got a string with other characters');
  return text;
}

/** The encoding of samples: little endian, mono, without a header. */
export type AudioEncoding = 'pcm_s16le' | 'pcm_f32le' | 'pcm_mulaw' | 'pcm_alaw';

/** The format of a source that `speak()` converts. */
export interface SourceFormat {
  /** `pcm_s16le`, `pcm_f32le`, or G.711: `pcm_mulaw`, `pcm_alaw`. */
  readonly encoding: AudioEncoding;
  /**
   * Sample rate of the source, Hz, 8000 to 48000. A rate other than that of the session needs the package
   * `@echogarden/speex-resampler-wasm`.
   */
  readonly sampleRateHz: number;
}

/** @throws TypeError for a value that is no source */
export function toSessionPcm(
  source: AudioSource,
  { encoding, sampleRateHz }: SourceFormat,
  toHz: number,
): AsyncIterableIterator<Uint8Array, undefined> {
  return resample(toPcm(source, encoding), { fromHz: sampleRateHz, toHz });
}

function toPcm(source: AudioSource, encoding: AudioEncoding): AudioSource {
  switch (encoding) {
    case 'pcm_s16le':
      return source;
    case 'pcm_f32le':
      return fromFloat32(source);
    case 'pcm_mulaw':
      return fromMulaw(source);
    case 'pcm_alaw':
      return fromAlaw(source);
  }
}
