/** Converts what `speak()` was given with a format to the PCM of its session. Loaded when the first such audio is spoken. */
import type { AudioSource } from '../client/speech/audio-chunk.js';
import { fromFloat32 } from './from-float32.js';
import { fromAlaw, fromMulaw } from './g711.js';
import { resample } from './resample.js';

/** How samples are written: little endian, mono, without a header. */
export type AudioEncoding = 'pcm_s16le' | 'pcm_f32le' | 'pcm_mulaw' | 'pcm_alaw';

/** What a source of audio gives, for `speak()` to convert. */
export interface SourceFormat {
  /** `pcm_s16le`, `pcm_f32le`, or G.711: `pcm_mulaw`, `pcm_alaw`. */
  readonly encoding: AudioEncoding;
  /**
   * Sample rate of the source, Hz, 8000 to 48000. Another one than that of the session needs the package
   * `@echogarden/speex-resampler-wasm`.
   */
  readonly sampleRateHz: number;
}

/** @throws TypeError for what is no source */
export function toSessionPcm(
  source: AudioSource,
  { encoding, sampleRateHz }: SourceFormat,
  toHz: number,
): AsyncIterableIterator<Uint8Array, undefined> {
  return resample(decode(source, encoding), { fromHz: sampleRateHz, toHz });
}

function decode(source: AudioSource, encoding: AudioEncoding): AudioSource {
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
