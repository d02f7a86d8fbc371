/**
 * What audio needs on its way into a session and out of it: made with the first utterance, so that an idle session carries none
 * of it. Who knows whom is decided here, and nothing else.
 */
import { SAMPLE_BYTES } from '../../core/utterance/audio-rails.js';
import type { FrameQueueHost } from './frame-queue.js';
import { missingFramesError } from './missing-frames.js';
import { expectedOutcome } from './request-error.js';
import { Outbox } from './outbox.js';
import { Pausing } from './pausing.js';
import { ReaderWatch } from './reader-watch.js';
import { ReplayBudget } from './replay-budget.js';
import type { SilenceWatch } from './silence-watch.js';
import type { SpeechHost, SpeechOptions } from './speech-options.js';
import { UnreadFrames } from './unread-frames.js';
import { UtteranceEndings } from './utterance-endings.js';
import type { UtteranceEndingsParts } from './utterance-endings.js';
import { UtteranceRecovery } from './utterance-recovery.js';
import type { UtteranceRecoveryParts } from './utterance-recovery.js';
import type { SpokenUtterance } from './spoken-utterance.js';
import type { UtteranceRegistry } from './utterance-registry.js';
import { WriteQueue } from './write-queue.js';
import type { WriteQueueOptions } from './write-queue.js';

export interface SpeechWays {
  readonly budget: ReplayBudget;
  readonly outbox: Outbox;
  readonly writes: WriteQueue;
  readonly silence: SilenceWatch;
  readonly recovery: UtteranceRecovery;
  readonly unread: UnreadFrames;
  readonly endings: UtteranceEndings;
  readonly frameHost: FrameQueueHost;
  readonly pausing: Pausing;
}

/** What they need of the speech that they serve. */
export interface SpeechHooks
  extends
    Pick<UtteranceRecoveryParts, 'pump'>,
    Pick<WriteQueueOptions, 'accept'>,
    Pick<UtteranceEndingsParts, 'connection' | 'forget'> {}

export function createSpeechWays(
  options: SpeechOptions,
  host: SpeechHost,
  unfinished: UtteranceRegistry,
  { accept, pump, connection, forget }: SpeechHooks,
): SpeechWays {
  const { clock, replay, account, silenceTimeoutMs, timeouts, usesEgress, sampleRate } = options;
  const { readerTimeoutMs } = timeouts;
  const budget = new ReplayBudget(replay, account);
  const endings = new UtteranceEndings({ clock, host, connection, forget });
  const pausing = new Pausing({
    clock,
    host,
    usesEgress,
    silenceTimeoutMs,
    unfinished,
    connection,
    interrupt: (utterance, reason) => endings.interrupt(utterance, reason),
    pump,
  });
  const outbox = new Outbox({
    clock,
    speaking: () => (pausing.withholdsAudio ? [] : unfinished.speaking()),
    begun: (reqId) => pausing.requestBegun(reqId),
    pumping: () => {
      const nowMs = clock.nowMs();
      for (const utterance of unfinished.all()) host.playback.supplying(utterance, nowMs);
    },
    pumped: () => unfinished.account(),
  });
  return {
    budget,
    outbox,
    silence: {
      clock,
      unfinished,
      silenceTimeoutMs,
      playoutMs: (utterance) => (usesEgress ? playoutMs(utterance, sampleRate) : 0),
      connection,
      outbox,
      onExpired: (utterance, code, message) => {
        const problem = code === 'connectionClosed' ? 'tooOld' : 'serviceSilent';
        endings.expire(utterance, code, message, 'expired', problem);
      },
    },
    recovery: new UtteranceRecovery({ options, host, unfinished, endings, pump }),
    unread: new UnreadFrames(),
    endings,
    frameHost: {
      pausing,
      readers: new ReaderWatch(clock, readerTimeoutMs),
      framesMissing: (reqId, missing, outcome) => {
        const utterance = unfinished.all().find(({ ledger }) => ledger.reqId === reqId);
        const known = outcome ?? (utterance === undefined ? 'failed' : expectedOutcome(utterance));
        return missingFramesError(host, readerTimeoutMs, reqId, known, missing);
      },
    },
    pausing,
    writes: new WriteQueue({
      clock,
      budget,
      replay,
      waitMs: silenceTimeoutMs,
      accept,
      socketProgress: () => outbox.progress,
      refuser: host,
      giveUp: (utterance, error) => endings.giveUp(utterance, error),
      roomShared: (utterance, message) => host.roomShared(utterance, message),
    }),
  };
}

/** How long a room takes to play what has been written. An unknown duration allows what no stream of this size exceeds. */
function playoutMs({ writtenBytes, opusDuration }: SpokenUtterance, sampleRate: number): number {
  if (opusDuration !== undefined) return opusDuration.ms ?? opusDuration.limitMs;
  return (writtenBytes / SAMPLE_BYTES / sampleRate) * 1000;
}
