/** G.711 (µ-law and A-law, ITU-T) to PCM: one byte is one sample, by a table of 256. The sample rate stays, usually 8000 Hz. */
import { toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { BytePieces } from './byte-pieces.js';
import { ConvertedAudio } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';
import { writeSamples } from './pcm-samples.js';

const PIECE_BYTES = 16 * 1024;
/** What the encoder adds, so that every segment begins at a power of two. */
const MULAW_BIAS = 0x84;

let mulaw: Int16Array | undefined;
let alaw: Int16Array | undefined;

/**
 * µ-law (G.711, `ulaw_8000`) to PCM s16le of the same rate.
 *
 * @throws TypeError for what is no source; while it is read, for a chunk that is no audio
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
 * @throws TypeError for what is no source; while it is read, for a chunk that is no audio
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
  readonly #pieces = new BytePieces(1, PIECE_BYTES);

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
