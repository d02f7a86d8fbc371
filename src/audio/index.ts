/// <reference types="node" preserve="true" />
/** The public surface of `avatarkit-session/audio`: conversions from other audio formats to audio for `speak()`. */
export { fromBase64, fromFloat32, fromAlaw, fromMulaw } from './conversions.js';
export { pace } from './pace.js';
export type { PaceOptions } from './pace.js';
export { readWav } from './decode-wav.js';
export { resample } from './resample.js';
export type { ResampleOptions } from './resample.js';
export type { Source } from './converted-audio.js';
export type { WavAudio } from './decode-wav.js';
export type { AudioChunk } from '../client/speech/audio-chunk.js';
export type { Clock, Timer } from '../ports/clock.js';
