/** What turns the audio of one request into keyframes; one implementation per audio format. */
import type { Keyframe } from '../wire/message.js';

/** The service animates 25 keyframes per second of audio. */
export const KEYFRAMES_PER_SECOND = 25;
export const KEYFRAME_MS = 1000 / KEYFRAMES_PER_SECOND;

export interface Animator {
  /** Length of the audio so far, milliseconds, as far as it is known. */
  readonly audioMs: number;
  /** The keyframes that this piece completes. Throws AudioFormatError for bytes that are not of the format. */
  push(audio: Uint8Array): Keyframe[];
  /** The keyframe of the last, incomplete 40 ms, if any. Call once. */
  finish(): Keyframe[];
}

/** The audio is not of the configured format. */
export class AudioFormatError extends Error {
  override readonly name = 'AudioFormatError';
}
