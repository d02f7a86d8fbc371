/**
 * Changes the sample rate of PCM, with the filter of the Speex resampler. The result is the same for one chunk and for many. The optional
 * package for this is loaded when it is first needed, once for a process. Its WebAssembly memory is shared: every call copies the input,
 * computes and copies the output without interruption. A stream has a state of its own, which must be freed.
 */
import { toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { requireOptions } from '../core/option/option-check.js';
import { SAMPLE_BYTES } from '../core/utterance/sample-aligner.js';
import { BytePieces, ConvertedAudio, writeSamples, requireRate } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';

const PACKAGE = '@echogarden/speex-resampler-wasm';
/** The most samples of one call. */
const BLOCK_SAMPLES = 4_096;
/** 8 to 48 kHz is the largest ratio; buffered input may add a few samples. */
const MAX_OUTPUT_SAMPLES = 6 * BLOCK_SAMPLES + 64;
/** 0 to 10. At 8, aliases are below −90 dB, and 10 s take 7 ms of processor time from 24 kHz, 60 ms from 44.1 kHz; 10 doubles both. */
const QUALITY = 8;

/** The parts of the package that are used. Addresses are in bytes. */
interface SpeexModule {
  readonly HEAP16: Int16Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _speex_resampler_init(
    channels: number,
    fromHz: number,
    toHz: number,
    quality: number,
    error: number,
  ): number;
  _speex_resampler_skip_zeros(state: number): number;
  _speex_resampler_process_int(
    state: number,
    channel: number,
    input: number,
    inputLength: number,
    output: number,
    outputLength: number,
  ): number;
  _speex_resampler_destroy(state: number): void;
}

interface SpeexStream {
  /** At most `BLOCK_SAMPLES` samples. The first output sample has the time of the first input sample. */
  process(samples: Int16Array): Int16Array;
  free(): void;
}

export type OpenSpeexStream = (fromHz: number, toHz: number) => SpeexStream;

let loading: Promise<OpenSpeexStream> | undefined;

/** @throws Error naming the command that installs the package, if it is missing; the next call tries again */
function loadSpeex(): Promise<OpenSpeexStream> {
  return (loading ??= loadFrom(importPackage).catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

/** In a `try`: then bundlers that do not find the package only warn; they refuse an import outside of one. */
async function importPackage(): Promise<unknown> {
  try {
    // @ts-expect-error the package has no types
    return await import('@echogarden/speex-resampler-wasm/simd');
    // oxlint-disable-next-line no-useless-catch -- what bundlers look for
  } catch (error) {
    throw error;
  }
}

/** Like `loadSpeex`, with a module that `load` imports. */
export async function loadFrom(load: () => Promise<unknown>): Promise<OpenSpeexStream> {
  const imported = await load().catch((cause: unknown) => {
    throw new Error(`resampling needs the package ${PACKAGE}: npm install ${PACKAGE}`, { cause });
  });
  const { default: create } = imported as { default: () => Promise<SpeexModule> };
  return streamsOf(await create());
}

function streamsOf(speex: SpeexModule): OpenSpeexStream {
  const input = speex._malloc(2 * BLOCK_SAMPLES);
  const output = speex._malloc(2 * MAX_OUTPUT_SAMPLES);
  const inputLength = speex._malloc(4);
  const outputLength = speex._malloc(4);
  return (fromHz, toHz) => {
    let state = speex._speex_resampler_init(1, fromHz, toHz, QUALITY, outputLength);
    if (state === 0) throw new Error(`the resampler has no memory for another stream of ${fromHz} Hz`);
    speex._speex_resampler_skip_zeros(state);
    return {
      process: (samples) => {
        speex.HEAP16.set(samples, input / 2);
        speex.HEAPU32[inputLength / 4] = samples.length;
        speex.HEAPU32[outputLength / 4] = MAX_OUTPUT_SAMPLES;
        speex._speex_resampler_process_int(state, 0, input, inputLength, output, outputLength);
        return speex.HEAP16.slice(output / 2, output / 2 + (speex.HEAPU32[outputLength / 4] ?? 0));
      },
      free: () => {
        if (state !== 0) speex._speex_resampler_destroy(state);
        state = 0;
      },
    };
  };
}

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
 * @throws TypeError for a value that is no source and for wrong options, RangeError for a rate out of bounds; while it is read, TypeError
 *   for a chunk that is no audio, and an Error naming the install command where the package is missing
 * @example
 * ```ts
 * session.speak(resample(speech, { fromHz: 24_000, toHz: 16_000 }));
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

/** Passes whole samples unchanged. */
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

  /** The filter looks ahead: silence is appended to get its remaining samples. */
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
