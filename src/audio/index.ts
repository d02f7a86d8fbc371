/** The public surface of `avatarkit-session/audio`: what makes audio for `speak()` of whatever a voice gives. */
export { fromBase64 } from './from-base64.js';
export { fromFloat32 } from './from-float32.js';
export { fromAlaw, fromMulaw } from './g711.js';
export { pace } from './pace.js';
export type { PaceOptions } from './pace.js';
export { readWav } from './read-wav.js';
export { resample } from './resample.js';
export type { ResampleOptions } from './resample.js';
export type { Source } from './converted-audio.js';
export type { WavAudio } from './decode-wav.js';
export type { AudioChunk } from '../client/speech/audio-chunk.js';
export type { Clock, Timer } from '../ports/clock.js';
