/**
 * No wait without a deadline: an utterance whose last frame never comes ends with an error. Silence counts only while the service
 * could speak; an outage has limits of its own.
 */
import type { Clock } from '../ports/clock.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export interface SilenceWatch {
  readonly clock: Clock;
  /** How long the service may be silent after the end of an utterance, milliseconds. */
  readonly silenceTimeoutMs: number;
  /** Whether the service can be expected to say something about this utterance now. */
  readonly couldSpeak: (utterance: SpokenUtterance) => boolean;
  readonly onSilence: (utterance: SpokenUtterance) => void;
}

/** From the end of the utterance until it settles; the timer is its own, and goes with it. */
export function watchSilence(watch: SilenceWatch, utterance: SpokenUtterance): void {
  const { clock, silenceTimeoutMs, couldSpeak, onSilence } = watch;
  utterance.lastHeardAtMs = clock.nowMs();
  const check = (): void => {
    if (!couldSpeak(utterance)) utterance.lastHeardAtMs = clock.nowMs();
    const leftMs = utterance.lastHeardAtMs + silenceTimeoutMs - clock.nowMs();
    if (leftMs > 0) utterance.silenceTimer = clock.schedule(leftMs, check);
    else onSilence(utterance);
  };
  utterance.silenceTimer = clock.schedule(silenceTimeoutMs, check);
}
