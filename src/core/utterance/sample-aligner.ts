/**
 * Aligns audio as the protocol requires: PCM is sent in whole samples, without a file header, in messages of
 * at most 64 KiB. Ogg Opus is an opaque stream: beyond its first bytes it is only split, never aligned and never
 * inspected.
 */

/** Largest audio part of one message, bytes; a multiple of the two bytes of a sample. */
export const MAX_AUDIO_MESSAGE_BYTES = 64 * 1024;

/** Bytes of one mono 16-bit sample. */
export const SAMPLE_BYTES = 2;

/** Sample rates the service accepts for PCM, Hz; it does not resample, and a mismatch is silent. */
export const PCM_SAMPLE_RATES_HZ: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** Encoder rates of Ogg Opus, Hz. */
export const OPUS_SAMPLE_RATES_HZ: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

/** "RIFF": so begins a WAV file. */
const FILE_HEADER = [0x52, 0x49, 0x46, 0x46] as const;
/** "OggS": so begins each page of Ogg, and with it each stream. */
const OGG_PAGE = [0x4f, 0x67, 0x67, 0x53] as const;
const BEGINNING_BYTES = 4;

/** Why audio can't be what it was declared to be. */
export type AudioProblem = 'waveHeader' | 'noOggStream';

const EMPTY = new Uint8Array(0);

/** One request's audio on its way out; holds at most one odd byte between two chunks. */
export class SampleAligner {
  readonly #wholeSamples: boolean;
  #carried: number | undefined;
  /** How many of the first bytes are those that are looked for; undefined once one differed. */
  #matchedBytes: number | undefined = 0;

  /** `wholeSamples` for PCM; false passes every byte through as it comes. */
  constructor(wholeSamples: boolean) {
    this.#wholeSamples = wholeSamples;
  }

  /**
   * What is wrong with the audio that begins so, however small its chunks: PCM with the header of a WAV file would be spoken as noise,
   * and the service takes no Ogg Opus that does not begin with a page.
   */
  problemOf(chunk: Uint8Array): AudioProblem | undefined {
    if (this.#matchedBytes === undefined) return undefined;
    const matched = this.#matchedAfter(this.#matchedBytes, chunk);
    if (this.#wholeSamples) return matched === BEGINNING_BYTES ? 'waveHeader' : undefined;
    return matched === undefined ? 'noOggStream' : undefined;
  }

  /** How many bytes `align` will give for a chunk of `bytes`. */
  alignedBytes(bytes: number): number {
    if (!this.#wholeSamples) return bytes;
    const available = bytes + (this.#carried === undefined ? 0 : 1);
    return available - (available % SAMPLE_BYTES);
  }

  /**
   * The part of the stream that can go out now: whole samples, the odd byte of the last chunk in front. May be
   * empty. A copy is made only when an odd byte has to be put in front; else it is a view of `chunk`.
   */
  align(chunk: Uint8Array): Uint8Array {
    if (this.#matchedBytes !== undefined) this.#matchedBytes = this.#matchedAfter(this.#matchedBytes, chunk);
    if (!this.#wholeSamples) return chunk;
    if (chunk.length === 0) return EMPTY;
    const carried = this.#carried;
    const odd = (chunk.length % SAMPLE_BYTES === 1) === (carried === undefined);
    this.#carried = odd ? chunk[chunk.length - 1] : undefined;
    const whole = odd ? chunk.subarray(0, chunk.length - 1) : chunk;
    if (carried === undefined) return whole;
    const joined = new Uint8Array(whole.length + 1);
    joined[0] = carried;
    joined.set(whole, 1);
    return joined;
  }

  #matchedAfter(before: number, chunk: Uint8Array): number | undefined {
    const expected = this.#wholeSamples ? FILE_HEADER : OGG_PAGE;
    let matched = before;
    for (let at = 0; at < chunk.length && matched < BEGINNING_BYTES; at += 1, matched += 1) {
      if (chunk[at] !== expected[matched]) return undefined;
    }
    return matched;
  }
}

/** Splits into parts of at most 64 KiB; parts are views. An empty chunk is one empty part. */
export function splitAudio(chunk: Uint8Array): Uint8Array[] {
  if (chunk.length <= MAX_AUDIO_MESSAGE_BYTES) return [chunk];
  const parts: Uint8Array[] = [];
  for (let at = 0; at < chunk.length; at += MAX_AUDIO_MESSAGE_BYTES) {
    parts.push(chunk.subarray(at, at + MAX_AUDIO_MESSAGE_BYTES));
  }
  return parts;
}
