/** Reads a WAV file from wherever it is, up to a bound, and decodes it. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { kindOf } from '../core/option/shown-value.js';
import { ConvertedAudio } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';
import { decodeWav, MAX_WAV_BYTES } from './decode-wav.js';
import type { WavAudio } from './decode-wav.js';

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
  // To open a pipe would wait for its writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new RangeError('the WAV file is no regular file');
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

/** Chunks as they come; what is kept is a copy, because the source may use its memory again. */
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
