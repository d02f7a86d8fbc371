/** The live line of `say` as text: how much of the animation is there, how much of the audio was spoken. Pure. */
import { secondsText } from './seconds-text.js';

const BAR_CHARACTERS = 30;

export interface Progress {
  readonly keyframes: number;
  readonly expectedKeyframes: number;
  readonly spokenMs: number;
  readonly durationMs: number;
  readonly state: string;
}

export function progressBar(progress: Progress): string {
  const { keyframes, expectedKeyframes, spokenMs, durationMs, state } = progress;
  const part = expectedKeyframes === 0 ? 0 : Math.min(1, keyframes / expectedKeyframes);
  const filled = Math.floor(part * BAR_CHARACTERS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
  const spoken = `spoken ${secondsText(spokenMs)} of ${secondsText(durationMs)}`;
  return `${bar} keyframes ${keyframes}/${expectedKeyframes} · ${spoken} · ${state}`;
}
