/**
 * No wait without a deadline: an utterance whose last frame never comes ends with an error. Silence counts only while the
 * service could speak of it, and while its audio goes out that is no silence; while there is no connection, the age of the utterance
 * counts instead.
 */
import type { Clock } from '../../ports/clock.js';
import type { Outbox } from './outbox.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { UtteranceRegistry } from './utterance-registry.js';

export interface SilenceWatch {
  readonly clock: Clock;
  readonly unfinished: UtteranceRegistry;
  /** How long the service may be silent after the end of an utterance, milliseconds. */
  readonly silenceTimeoutMs: number;
  /** What the service takes to play an utterance without a word on it, milliseconds; 0 where it plays nothing itself. */
  readonly playoutMs: (utterance: ActiveUtterance) => number;
  /** The connection, as far as silence concerns it; undefined while there is none. */
  readonly connection: () => object | undefined;
  /** The audio of the session on its way. */
  readonly outbox: Pick<Outbox, 'sentBytes' | 'leftBytes' | 'progress'>;
  readonly onExpired: (
    utterance: ActiveUtterance,
    code: 'upstreamError' | 'connectionClosed',
    message: string,
  ) => void;
}

/** From the end of the utterance until it settles; the timer is its own, and goes with it. */
export function watchSilence(watch: SilenceWatch, utterance: ActiveUtterance): void {
  const { clock, silenceTimeoutMs, connection, onExpired } = watch;
  const { traits } = utterance;
  const isGoingOut = watchOutgoing(watch, utterance);
  utterance.lastHeardAtMs = clock.nowMs();
  const check = (): void => {
    const nowMs = clock.nowMs();
    let leftMs = Infinity;
    if (connection() === undefined) {
      leftMs = utterance.expiresAtMs - nowMs;
      if (leftMs < 0) {
        const message = `there is no connection, and the utterance was neither written to nor on the air for more than ${traits.ttlMs} ms: it is too old to be said`;
        onExpired(utterance, 'connectionClosed', message);
        return;
      }
    }
    if (isGoingOut() || !couldSpeak(watch, utterance)) utterance.lastHeardAtMs = nowMs;
    const silentInMs = silentAtMs(watch, utterance) - nowMs;
    if (silentInMs <= 0) {
      const message = `the service sent nothing for ${silenceTimeoutMs} ms after the end of the request`;
      onExpired(utterance, 'upstreamError', message);
    } else schedule(Math.min(silentInMs, leftMs + 1));
  };
  // A late timer runs before the sockets are read: the last frame may be waiting there.
  const due = (): void => {
    clock.afterPendingInput(() => {
      if (utterance.stage.kind === 'speaking') check();
    });
  };
  const schedule = (delayMs: number): void => {
    utterance.silenceTimer = clock.schedule(delayMs, due);
  };
  schedule(silenceTimeoutMs);
}

/** Gives a function that says whether audio of the utterance has moved on its way out since it was last asked. */
function watchOutgoing({ outbox }: SilenceWatch, { ledger }: ActiveUtterance): () => boolean {
  let endAtBytes: number | undefined;
  const isOut = (): boolean => {
    // A re-send takes the end back.
    endAtBytes = ledger.endSent ? (endAtBytes ?? outbox.sentBytes) : undefined;
    return endAtBytes !== undefined && outbox.leftBytes >= endAtBytes;
  };
  let wasOut = isOut();
  let progressBefore = outbox.progress;
  return () => {
    const isGoingOut = !wasOut && outbox.progress !== progressBefore;
    progressBefore = outbox.progress;
    wasOut = isOut();
    return isGoingOut;
  };
}

/** Whether the service can be expected to say something of this utterance now, and we to hear it. */
function couldSpeak({ connection, unfinished }: SilenceWatch, utterance: ActiveUtterance): boolean {
  if (connection() === undefined) return false;
  return utterance.pauseTimer === undefined && !unfinished.isBlocked(utterance);
}

/** The service takes one utterance after the other: what it says of an older one is a sign of life for this one too. */
function silentAtMs(
  { unfinished, silenceTimeoutMs, playoutMs }: SilenceWatch,
  utterance: ActiveUtterance,
): number {
  let heardAtMs = utterance.lastHeardAtMs;
  let allowedMs = silenceTimeoutMs + playoutMs(utterance);
  for (const older of unfinished.olderThan(utterance)) {
    heardAtMs = Math.max(heardAtMs, older.lastHeardAtMs);
    allowedMs += playoutMs(older);
  }
  return heardAtMs + allowedMs;
}
