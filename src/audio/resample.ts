/** Changes the sample rate of PCM, with the filter of the Speex resampler. In chunks the result is the same as of the whole. */
import { toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { requireOptions } from '../core/option/option-check.js';
import { SAMPLE_BYTES } from '../core/utterance/audio-rails.js';
import { BytePieces } from './byte-pieces.js';
import { ConvertedAudio } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';
import { writeSamples } from './pcm-samples.js';
import { requireRate } from './sample-rate.js';
import { BLOCK_SAMPLES, loadSpeex } from './speex-resampler.js';
import type { SpeexStream } from './speex-resampler.js';

/** Options of `resample`. */
export interface ResampleOptions {
  /** Sample rate of the source, Hz, 8000 to 48000. */
  readonly fromHz: number;
  /** Sample rate of the result, Hz, 8000 to 48000: the `sampleRate` of the session. */
  readonly toHz: number;
}

/**
 * PCM s16le of one rate to PCM s16le of another, without a delay and of the same duration. Chunks may have any length, odd ones
 * included; an odd byte at the end of the source is dropped. Needs the package `@echogarden/speex-resampler-wasm`, except for equal rates.
 *
 * @throws TypeError for what is no source and wrong options, RangeError for a rate out of bounds; while it is read, TypeError for a chunk
 * that is no audio, and an Error naming the install command where the package is missing
 * @example
 * ```ts
 * session.speak(resample(tts, { fromHz: 24_000, toHz: 16_000 }));
 * ```
 */
export function resample(
  source: Source<AudioChunk>,
  options: ResampleOptions,
): AsyncIterableIterator<Uint8Array, undefined> {
  const given = requireOptions('', options, ['fromHz', 'toHz']);
  const fromHz = requireRate('fromHz', given['fromHz']);
  const toHz = requireRate('toHz', given['toHz']);
  return new ConvertedAudio(source, fromHz === toHz ? new SampleStage() : new ResampleStage(fromHz, toHz));
}

/** Whole samples, and no change. */
class SampleStage implements Stage {
  readonly #pieces = new BytePieces(SAMPLE_BYTES, SAMPLE_BYTES * BLOCK_SAMPLES);

  feed(chunk: unknown): void {
    this.#pieces.feed(toBytes(chunk as AudioChunk));
  }

  take(): Uint8Array | undefined {
    return this.#pieces.take();
  }
}

class ResampleStage implements Stage {
  readonly #fromHz: number;
  readonly #toHz: number;
  readonly #pieces = new BytePieces(SAMPLE_BYTES, SAMPLE_BYTES * BLOCK_SAMPLES);
  #stream: SpeexStream | undefined;
  #samplesIn = 0;
  #samplesOut = 0;
  #state: 'running' | 'ending' | 'closed' = 'running';

  constructor(fromHz: number, toHz: number) {
    this.#fromHz = fromHz;
    this.#toHz = toHz;
  }

  feed(chunk: unknown): void {
    this.#pieces.feed(toBytes(chunk as AudioChunk));
  }

  end(): void {
    this.#state = 'ending';
  }

  async take(): Promise<Uint8Array | undefined> {
    const open = this.#stream === undefined ? await loadSpeex() : undefined;
    if (this.#state === 'closed') return undefined;
    const stream = (this.#stream ??= open?.(this.#fromHz, this.#toHz));
    if (stream === undefined) return undefined;
    for (let piece = this.#pieces.take(); piece !== undefined; piece = this.#pieces.take()) {
      const samples = samplesOf(piece);
      this.#samplesIn += samples.length;
      const result = stream.process(samples);
      if (result.length > 0) return this.#given(result);
    }
    return this.#state === 'ending' ? this.#tail(stream) : undefined;
  }

  close(): void {
    this.#state = 'closed';
    this.#stream?.free();
  }

  /** The filter looks ahead: what it still keeps comes out with silence behind it. */
  #tail(stream: SpeexStream): Uint8Array | undefined {
    const missing = Math.ceil((this.#samplesIn * this.#toHz) / this.#fromHz) - this.#samplesOut;
    if (missing <= 0) return undefined;
    return this.#given(stream.process(new Int16Array(BLOCK_SAMPLES)).subarray(0, missing));
  }

  #given(samples: Int16Array): Uint8Array {
    this.#samplesOut += samples.length;
    return writeSamples(samples.length, (at) => samples[at] ?? 0);
  }
}

function samplesOf(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Int16Array(bytes.length / SAMPLE_BYTES);
  for (let at = 0; at < samples.length; at += 1) samples[at] = view.getInt16(at * SAMPLE_BYTES, true);
  return samples;
}
