/**
 * Connects the parts that audio and frames pass in a session. They are made with the first utterance, so an idle session has none of
 * them. Decides only which part gets which functions of the others.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { KEYFRAMES_PER_SECOND } from '../../core/utterance/recovery.js';
import { SAMPLE_BYTES } from '../../core/utterance/sample-aligner.js';
import type { RequestIds } from '../../core/utterance/request-id.js';
import type { FrameQueue, FrameQueueHost, MissingFrames } from './frame-queue.js';
import { LateEncoder } from './late-encoder.js';
import type { LateEncoderParts } from './late-encoder.js';
import { Outbox } from './outbox.js';
import type { OutboxOptions } from './outbox.js';
import { Pausing } from './pausing.js';
import { ReaderWatch } from './frame-loop.js';
import { ReplayBudget } from './replay-budget.js';
import { SpeakingOrder } from './speaking-order.js';
import { expectedOutcome, goesOnAfter } from './speech-host.js';
import type { ErrorHost, SpeechHost } from './speech-host.js';
import type { ActiveUtterance } from './active-utterance.js';
import { UtteranceEndings } from './utterance-endings.js';
import type { UtteranceEndingsParts } from './utterance-endings.js';
import { UtteranceRecovery } from './utterance-recovery.js';
import type { UtteranceRecoveryParts } from './utterance-recovery.js';
import type { SilenceWatch, UtteranceRegistry } from './utterance-registry.js';
import { WriteQueue } from './write-queue.js';
import type { WriteQueueOptions } from './write-queue.js';

export interface SendPipeline {
  readonly budget: ReplayBudget;
  readonly outbox: Outbox;
  readonly writes: WriteQueue;
  readonly silence: SilenceWatch;
  readonly recovery: UtteranceRecovery;
  readonly unread: UnreadFrames;
  readonly endings: UtteranceEndings;
  readonly order: SpeakingOrder;
  readonly frameHost: FrameQueueHost;
  readonly pausing: Pausing;
}

/** The methods of `Speech` that the parts use. */
export interface SpeechHooks
  extends
    Pick<UtteranceRecoveryParts, 'pump'>,
    Pick<WriteQueueOptions, 'acceptor'>,
    Pick<UtteranceEndingsParts, 'connection' | 'forget'> {}

export function createSendPipeline(
  host: SpeechHost,
  requestIds: RequestIds,
  unfinished: UtteranceRegistry,
  { acceptor, pump, connection, forget }: SpeechHooks,
): SendPipeline {
  const { clock, replayAccount, usesEgress } = host.context;
  const { replay, silenceTimeoutMs, readerTimeoutMs, sampleRate } = host.context.options;
  const budget = new ReplayBudget(replay, replayAccount);
  const endings = new UtteranceEndings({
    host,
    connection,
    mayRead: () => !pausing.holdsNow,
    forget,
    handedOver: (utterance) => order.handedOver(utterance),
    passed: (utterance) => order.over(utterance),
  });
  const pausing = new Pausing({
    host,
    unfinished,
    connection,
    interrupt: (utterance, reason) => endings.interrupt(utterance, reason),
    pump,
  });
  const { overlap, sourceTimeoutMs } = host.context.options;
  const begins = (): void => {
    pump();
    budget.reconsider();
  };
  const order = new SpeakingOrder({
    clock,
    usesEgress,
    overlap,
    sourceTimeoutMs,
    pausing,
    isWriting: (utterance) => writes.isWaiting(utterance),
    pump: begins,
  });
  const outbox = new Outbox({
    clock,
    sendsCopies: host.context.sendsCopies,
    keyframeBytes: (sampleRate / KEYFRAMES_PER_SECOND) * SAMPLE_BYTES,
    encode: encodeWith(host, (ledger, thrown) => endings.encoderFailed(unfinished.all(), ledger, thrown)),
    speaking: () => (pausing.withholdsAudio ? [] : unfinished.speaking()),
    begun: (reqId) => pausing.requestBegun(reqId),
    pumping: () => {
      const nowMs = clock.nowMs();
      for (const utterance of unfinished.all()) host.playback.supplying(utterance, nowMs);
    },
    pumped: () => unfinished.account(),
  });
  const writes = new WriteQueue({
    clock,
    budget,
    replay,
    waitMs: silenceTimeoutMs,
    acceptor,
    socketProgress: () => outbox.progress,
    host,
    giveUp: (utterance, error) => endings.giveUp(utterance, error),
    roomShared: (utterance, message) => reportSharedRoom(host, utterance, message),
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
    recovery: new UtteranceRecovery({ host, requestIds, unfinished, endings, pump }),
    unread: new UnreadFrames(),
    endings,
    order,
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
    writes,
  };
}

function encodeWith(host: SpeechHost, failed: LateEncoderParts['failed']): OutboxOptions['encode'] {
  const { opusEncoders: encoders, options } = host.context;
  if (encoders === undefined) return undefined;
  const { notifier } = host.lifecycle;
  const { onEncodedAudio } = options;
  const encoder = new LateEncoder({
    encoders,
    failed,
    encoded:
      onEncodedAudio === undefined
        ? undefined
        : (reqId, bytes) =>
            notifier.inTurn(() => notifier.call('onEncodedAudio', onEncodedAudio, reqId, bytes)),
  });
  return (ledger, audio, end) => encoder.encode(ledger, audio, end);
}

/** A write waits for room that sessions of the process share. */
function reportSharedRoom(host: SpeechHost, utterance: ActiveUtterance, message: string): void {
  const { reqId, replays } = utterance.ledger;
  const error = host.errors.local('invalidRequest', message, { reqId, problem: 'processReplayLimit' });
  const verdict = { willRetry: true, attempt: replays + 1, outcome: expectedOutcome(utterance) };
  host.lifecycle.roomAwaited(recordVerdict(error, verdict), replays + 1);
}

/** The time that a room needs to play the written audio. An unknown duration gets the longest one that a stream of this size can have. */
function playoutMs({ writtenBytes, opusDuration }: ActiveUtterance, sampleRate: number): number {
  if (opusDuration !== undefined) return opusDuration.ms ?? opusDuration.limitMs;
  return (writtenBytes / SAMPLE_BYTES / sampleRate) * 1000;
}

/**
 * Frame queues of finished utterances that a loop may still read: `session.interrupt()` clears them as well. Stored by weak references,
 * because there may never be a loop.
 */
type Unread = Pick<FrameQueue, 'isEmpty' | 'clear'>;

class UnreadFrames {
  #queues: readonly WeakRef<Unread>[] = [];

  /** The utterance of this queue is over. */
  add(queue: Unread): void {
    if (queue.isEmpty) return;
    const unread = this.#queues.filter((other) => other.deref()?.isEmpty === false);
    this.#queues = [...unread, new WeakRef(queue)];
  }

  /** Drops all frames, so that no loop gets any of them. */
  clear(): void {
    for (const queue of this.#queues) queue.deref()?.clear();
    this.#queues = [];
  }
}

const PROBLEMS: Readonly<Record<MissingFrames['why'], LocalProblem>> = {
  late: 'loopLate',
  calledBack: 'loopBesideCallback',
  behind: 'loopBehind',
  timedOut: 'loopHangs',
};

/** The error of a loop whose frames were not kept: the first missing index, the reason, and how to avoid it. Only the loop fails. */
export function missingFramesError(
  host: ErrorHost,
  readerTimeoutMs: number,
  reqId: string,
  outcome: UtteranceOutcome,
  { why, index, keptBytes }: MissingFrames,
): AvatarSDKError {
  const reason = {
    late: `they came before the loop over frames began, and ${keptBytes} bytes waited for it already`,
    calledBack: 'they came before the loop over frames began, and a callback took them',
    behind: `the loop over frames takes them more slowly than they come, and ${keptBytes} bytes waited for it already`,
    timedOut: `the loop over frames took none for ${readerTimeoutMs} ms (option readerTimeoutMs)`,
  }[why];
  const message = `frames from index ${index} on were not kept: ${reason}`;
  const error = host.errors.local('invalidRequest', message, { reqId, problem: PROBLEMS[why] });
  return recordVerdict(error, { willRetry: goesOnAfter(host, error), outcome });
}
