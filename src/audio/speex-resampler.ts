/**
 * The optional package that resamples, loaded when it is needed, once for a process. Its WebAssembly memory is shared: every call copies
 * in, computes and copies out in one go. A stream has a state of its own, which must be freed.
 */

const PACKAGE = '@echogarden/speex-resampler-wasm';
/** Samples of one call. */
export const BLOCK_SAMPLES = 4_096;
/** 8 to 48 kHz is the largest ratio; a few samples more may come of what was kept. */
const MAX_OUTPUT_SAMPLES = 6 * BLOCK_SAMPLES + 64;
/** 0 to 10. At 8 aliases are below −90 dB, 10 s of 24 kHz take 7 ms of processor time, and of 44.1 kHz 60 ms; 10 doubles both. */
const QUALITY = 8;

/** What this file needs of the package. Addresses are in bytes. */
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

export interface SpeexStream {
  /** At most `BLOCK_SAMPLES` samples. The first sample out is at the time of the first sample in. */
  process(samples: Int16Array): Int16Array;
  free(): void;
}

export type OpenSpeexStream = (fromHz: number, toHz: number) => SpeexStream;

let loading: Promise<OpenSpeexStream> | undefined;

/** @throws Error naming the command that installs the package, where it is missing; the next call tries again */
export function loadSpeex(): Promise<OpenSpeexStream> {
  return (loading ??= loadFrom(importPackage).catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

function importPackage(): Promise<unknown> {
  // @ts-expect-error the package has no types
  return import('@echogarden/speex-resampler-wasm/simd');
}

/** As `loadSpeex`, of a module that `load` imports. */
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
