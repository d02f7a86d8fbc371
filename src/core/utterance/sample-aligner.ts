/**
 * Aligns audio as the protocol requires: PCM is sent in whole samples, without a file header, in messages of
 * at most 64 KiB. Ogg Opus is an opaque stream: it is only split, never aligned and never inspected.
 */

/** Largest audio part of one message, bytes; a multiple of the two bytes of a sample. */
export const MAX_AUDIO_MESSAGE_BYTES = 64 * 1024;

/** Bytes of one mono 16-bit sample. */
export const SAMPLE_BYTES = 2;

/**
 * Sample rates that the service accepts for PCM, Hz. The service does not resample, and reports no error for a
 * mismatch.
 */
export const PCM_SAMPLE_RATES_HZ: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** Encoder rates of Ogg Opus, Hz. */
export const OPUS_SAMPLE_RATES_HZ: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

/** "RIFF": the first bytes of a WAV file. */
const FILE_HEADER = [0x52, 0x49, 0x46, 0x46] as const;

const EMPTY = new Uint8Array(0);

/** Aligns the audio of one request; keeps at most one odd byte between two chunks. */
export class SampleAligner {
  readonly #wholeSamples: boolean;
  #carried: number | undefined;
  /** How many of the bytes so far match the header of a file; undefined once one differed. */
  #headerBytes: number | undefined = 0;

  /** @param wholeSamples true for PCM; false passes every byte through unchanged */
  constructor(wholeSamples: boolean) {
    this.#wholeSamples = wholeSamples;
  }

  /**
   * Whether the PCM, with this chunk, begins as a WAV file does, however small the chunks are. A header would be spoken
   * as noise.
   */
  beginsAsFile(chunk: Uint8Array): boolean {
    return this.#wholeSamples && headerBytesAfter(this.#headerBytes, chunk) === FILE_HEADER.length;
  }

  /** How many bytes `align` will give for a chunk of `bytes`. */
  alignedBytes(bytes: number): number {
    if (!this.#wholeSamples) return bytes;
    const available = bytes + (this.#carried === undefined ? 0 : 1);
    return available - (available % SAMPLE_BYTES);
  }

  /**
   * The part of the stream that can be sent now: whole samples, with the odd byte of the last chunk in front. May be
   * empty. It is a copy only where an odd byte has to be put in front; otherwise it is a view of `chunk`.
   */
  align(chunk: Uint8Array): Uint8Array {
    if (!this.#wholeSamples) return chunk;
    this.#headerBytes = headerBytesAfter(this.#headerBytes, chunk);
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
}

/** Splits a chunk into parts of at most 64 KiB, which are views. An empty chunk gives one empty part. */
export function splitAudio(chunk: Uint8Array): Uint8Array[] {
  if (chunk.length <= MAX_AUDIO_MESSAGE_BYTES) return [chunk];
  const parts: Uint8Array[] = [];
  for (let at = 0; at < chunk.length; at += MAX_AUDIO_MESSAGE_BYTES) {
    parts.push(chunk.subarray(at, at + MAX_AUDIO_MESSAGE_BYTES));
  }
  return parts;
}

function headerBytesAfter(before: number | undefined, chunk: Uint8Array): number | undefined {
  if (before === undefined) return undefined;
  let matched = before;
  for (let at = 0; at < chunk.length && matched < FILE_HEADER.length; at += 1, matched += 1) {
    if (chunk[at] !== FILE_HEADER[matched]) return undefined;
  }
  return matched;
}
