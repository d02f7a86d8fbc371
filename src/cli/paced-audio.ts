/**
 * Audio as a microphone would give it: a piece whenever its time has passed. Late pieces do not push the later ones
 * further back. Knows nothing of sessions.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WavAudio } from './read-wav.js';

/** One keyframe's worth of audio. */
const CHUNK_MS = 40;

export interface Pace {
  /** 1 is real time, 2 twice as fast. */
  readonly speed: number;
  /** Ends the audio early. */
  readonly signal: AbortSignal;
  /** How much of the audio has been given so far, milliseconds of it. */
  readonly spoken: (spokenMs: number) => void;
}

export async function* pacedAudio(
  { pcm, sampleRate }: WavAudio,
  pace: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { speed, signal, spoken } = pace;
  const chunkBytes = 2 * Math.round((sampleRate * CHUNK_MS) / 1_000);
  const startedAtMs = performance.now();
  for (let from = 0; from < pcm.length; from += chunkBytes) {
    const chunk = pcm.subarray(from, from + chunkBytes);
    const untilMs = ((from + chunk.length) / 2 / sampleRate) * 1_000;
    const waitMs = startedAtMs + untilMs / speed - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    spoken(untilMs);
    yield chunk;
  }
}
