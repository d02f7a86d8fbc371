/** Floats from −1 to 1 to PCM s16le of the same rate. */
import { kindOfArray, toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { BytePieces } from './byte-pieces.js';
import { ConvertedAudio } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';
import { sampleOfFloat, writeSamples } from './pcm-samples.js';

const FLOAT_BYTES = 4;
const PIECE_BYTES = 32 * 1024;

/**
 * Float samples to PCM s16le of the same rate: `Float32Array` as it is, other bytes as float32, little endian, split anywhere. Values
 * beyond −1…1 are clipped, NaN is silence. A part of a sample at the end of the source is dropped.
 *
 * @throws TypeError for what is no source; while it is read, for a chunk that is no audio
 * @example
 * ```ts
 * session.speak(fromFloat32(cartesia)); // raw, pcm_f32le
 * ```
 */
export function fromFloat32(source: Source<AudioChunk>): AsyncIterableIterator<Uint8Array, undefined> {
  return new ConvertedAudio(source, new Float32Stage());
}

class Float32Stage implements Stage {
  readonly #pieces = new BytePieces(FLOAT_BYTES, PIECE_BYTES);

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
