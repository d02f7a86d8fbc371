/**
 * The ways in which an utterance ends: each settles its promises once, frees its audio, and emits the end of playback that has started.
 * Also results that become known only after the end. Does not decide when an utterance ends.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { MessageType, PlaybackStateValue } from '../../ports/message.js';
import type { ServerPlaybackState } from '../../ports/message.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { Handler } from '../events/notifier.js';
import { readableThrown, thrownMessage } from '../waiting/deferred.js';
import { NotAudioError } from './audio-chunk.js';
import { StallWatch } from './audio-source.js';
import { PendingReads } from './pending-reads.js';
import { goesOnAfter, requestError } from './speech-host.js';
import type { SpeechHost } from './speech-host.js';

export interface UtteranceEndingsParts {
  readonly host: SpeechHost;
  readonly connection: () => LiveConnection | undefined;
  /** Whether loops over frames may take them now. */
  readonly mayRead: () => boolean;
  /** Called when the utterance is over: it sends and receives nothing any more. */
  readonly forget: (utterance: ActiveUtterance) => void;
  /** Called when all its frames have been delivered, including those for a loop: the next utterance begins. It may still be played. */
  readonly handedOver: (utterance: ActiveUtterance) => void;
  /** Called in place of `handedOver` if nothing is left that could be interrupted. */
  readonly passed: (utterance: ActiveUtterance) => void;
}

export class UtteranceEndings {
  readonly finalPositions: FinalPositions;
  readonly pendingReads: PendingReads;
  readonly #parts: UtteranceEndingsParts;

  constructor(parts: UtteranceEndingsParts) {
    this.#parts = parts;
    const { playback, context } = parts.host;
    const { clock } = context;
    this.finalPositions = new FinalPositions({
      clock,
      positionOf: (utterance, state) => playback.lastPositionMs(utterance, state),
      onKnown: (utterance, positionMs, reason) => {
        utterance.resolve(positionMs);
        playback.over(utterance, 'interrupted', positionMs, reason);
      },
    });
    this.pendingReads = new PendingReads({
      clock,
      mayRead: parts.mayRead,
      onTaken: parts.handedOver,
      onOver: (utterance) => {
        const positionMs = playback.lengthMs(utterance);
        utterance.resolve(positionMs, utterance.handedOver(true).count);
        playback.over(utterance, utterance.revoked ? 'interrupted' : 'ended', positionMs, '');
        parts.passed(utterance);
      },
    });
  }

  /** A client that renders the frames has played this much of it, milliseconds. */
  reported(utterance: ActiveUtterance, positionMs: number): void {
    this.#parts.host.playback.reported(utterance, positionMs);
  }

  /** Interrupts it from this side: asks the service to stop, which may report the final position. `reason` is given to the event. */
  interrupt(utterance: ActiveUtterance, reason = ''): void {
    const { host, connection, forget } = this.#parts;
    const { playback } = host;
    this.cancelRequest(utterance);
    if (connection() === undefined || !playback.reportsFinalPosition(utterance)) {
      this.settle(utterance, 'interrupted', reason);
      return;
    }
    const positionMs = playback.positionMs(utterance);
    utterance.done('interrupted', positionMs, false);
    this.finalPositions.expect(utterance, positionMs, reason);
    forget(utterance);
    this.#parts.passed(utterance);
  }

  /** All of it has come; a loop or a client that still reads it gets no more frames. Returns false if there is none. */
  interruptReading(utterance: ActiveUtterance): boolean {
    if (!this.pendingReads.waitsFor(utterance)) return false;
    utterance.cutWhileRead();
    this.pendingReads.conclude(utterance);
    return true;
  }

  /** The last frame has been delivered, or the utterance was interrupted; `reason` is given to the event. */
  settle(utterance: ActiveUtterance, how: 'complete' | 'interrupted', reason = ''): void {
    const { host, forget } = this.#parts;
    const isComplete = how === 'complete';
    const complete = utterance.ledger.replays > 0 ? 'replayed' : 'delivered';
    // Read before the audio is released, because the audio limits how much a room can have played.
    const positionMs = isComplete ? host.playback.lengthMs(utterance) : host.playback.positionMs(utterance);
    if (isComplete) {
      utterance.wholeMs = host.playback.wholeMs(utterance);
      host.answered();
    }
    const isKnown = !isComplete || !utterance.isBeingRead;
    utterance.done(isComplete ? complete : how, positionMs, isKnown);
    if (!isKnown) this.pendingReads.expect(utterance);
    forget(utterance);
    if (!isKnown) return;
    host.playback.over(utterance, isComplete ? 'ended' : 'interrupted', positionMs, reason);
    this.#parts.passed(utterance);
  }

  /** @param verdictIsKnown whether `error` has its verdict; otherwise `ActiveUtterance.verdictReached` is called later */
  fail(utterance: ActiveUtterance, error: AvatarSDKError, verdictIsKnown = true): void {
    const { host, forget } = this.#parts;
    const positionMs = host.playback.positionMs(utterance);
    utterance.failed(error, verdictIsKnown);
    forget(utterance);
    host.playback.over(utterance, 'interrupted', positionMs, '');
    this.#parts.passed(utterance);
  }

  /** Like `interrupt`, for audio that will never be complete: the application's promises reject. */
  giveUp(utterance: ActiveUtterance, error: AvatarSDKError): void {
    if (utterance.stage.kind !== 'speaking') return;
    this.cancelRequest(utterance);
    this.fail(utterance, error);
  }

  /** Fails with an error of this side, and emits it. */
  expire(
    utterance: ActiveUtterance,
    code: AvatarSDKErrorCode,
    message: string,
    outcome: UtteranceOutcome,
    problem: LocalProblem,
  ): void {
    if (utterance.stage.kind !== 'speaking') return;
    const { host } = this.#parts;
    const error = requestError(host, code, message, utterance, outcome, problem);
    this.giveUp(utterance, error);
    host.lifecycle.failed(error);
  }

  /** The audio of this ledger can't be encoded. The utterance fails when the running sender has ended. */
  encoderFailed(utterances: Iterable<ActiveUtterance>, of: UtteranceLedger, thrown: unknown): void {
    const utterance = [...utterances].find(({ ledger }) => ledger === of);
    if (utterance === undefined) return;
    const message = `the audio could not be encoded: ${thrownMessage(readableThrown(thrown))}`;
    void Promise.resolve().then(() =>
      this.expire(utterance, 'invalidRequest', message, 'failed', 'opusEncoder'),
    );
  }

  /** An error of its audio source, as an error of this request. */
  sourceError({ ledger }: ActiveUtterance, thrown: unknown): AvatarSDKError {
    const cause = readableThrown(thrown);
    const message = `the source of the audio failed: ${thrownMessage(cause)}`;
    const problem = cause instanceof NotAudioError ? 'sourceNoAudio' : 'sourceFailed';
    const { errors } = this.#parts.host;
    return errors.local('invalidRequest', message, { reqId: ledger.reqId, cause, problem });
  }

  /** Its source has failed, or a write of it was refused: no more audio comes. An error of the source is also emitted. */
  failBySource(utterance: ActiveUtterance, error: AvatarSDKError): void {
    if (utterance.stage.kind !== 'speaking') return;
    const { host } = this.#parts;
    this.giveUp(utterance, recordVerdict(error, { willRetry: goesOnAfter(host, error), outcome: 'failed' }));
    if (error.origin === 'source') host.lifecycle.failed(error);
  }

  /** Calls the `error` listeners of the utterance. */
  tellFailed({ listeners }: ActiveUtterance, error: AvatarSDKError): void {
    const { notifier } = this.#parts.host.lifecycle;
    for (const handler of listeners?.take('error') ?? [])
      notifier.inTurn(() => notifier.call('error', handler as Handler<AvatarSDKError>, error));
  }

  /** For the audio source of an utterance: ends the utterance when the source stalls. */
  watchSource(utterance: ActiveUtterance): StallWatch {
    const { clock, options } = this.#parts.host.context;
    const { sourceTimeoutMs } = options;
    const message = `the source of the audio gave nothing for ${sourceTimeoutMs} ms (option sourceTimeoutMs)`;
    return new StallWatch(clock, sourceTimeoutMs, () =>
      this.expire(utterance, 'invalidRequest', message, 'failed', 'sourceStalled'),
    );
  }

  /** Asks the service to stop the current request of the utterance. */
  cancelRequest({ ledger }: ActiveUtterance): void {
    if (!ledger.begun) return;
    const reqId = ledger.wireReqId;
    this.#parts.connection()?.send(AVATAR_CODEC.encode({ type: MessageType.clientInterrupt, reqId }));
  }
}

/** How long the result of an interrupted utterance waits for the final position, milliseconds. */
export const FINAL_POSITION_MS = 250;

interface Awaited {
  readonly utterance: ActiveUtterance;
  readonly timer: Timer;
  readonly reason: string;
  /** The latest known position. */
  positionMs: number;
}

export interface FinalPositionsParts {
  readonly clock: Clock;
  /** The position in the utterance that the report refers to. */
  readonly positionOf: (utterance: ActiveUtterance, state: ServerPlaybackState) => number;
  /** Called once per utterance. */
  readonly onKnown: (utterance: ActiveUtterance, positionMs: number, reason: string) => void;
}

/**
 * Interrupted utterances whose exact position the service may still report. Each waits a short time for it, and not at all once the
 * connection is lost. Must not know playback events.
 */
export class FinalPositions {
  readonly #parts: FinalPositionsParts;
  /** By the request id on the wire. */
  readonly #awaited = new Map<string, Awaited>();

  constructor(parts: FinalPositionsParts) {
    this.#parts = parts;
  }

  /** @param positionMs the result, unless the service reports another position */
  expect(utterance: ActiveUtterance, positionMs: number, reason: string): void {
    const { clock } = this.#parts;
    const reqId = utterance.ledger.wireReqId;
    // A late timer runs before the sockets are read: the position may have arrived.
    const timer = clock.schedule(FINAL_POSITION_MS, () =>
      clock.afterPendingInput(() => this.#conclude(reqId)),
    );
    this.#awaited.set(reqId, { utterance, timer, reason, positionMs });
  }

  stated(state: ServerPlaybackState): void {
    const awaited = this.#awaited.get(state.reqId);
    if (awaited === undefined) return;
    awaited.positionMs = this.#parts.positionOf(awaited.utterance, state);
    // A report that was sent before the interrupt reached the service is not the final one.
    const isFinal =
      state.state === PlaybackStateValue.interrupted || state.state === PlaybackStateValue.ended;
    if (isFinal) this.#conclude(state.reqId);
  }

  /** The connection was lost: the positions known so far are the results. */
  end(): void {
    for (const reqId of this.#awaited.keys()) this.#conclude(reqId);
  }

  #conclude(reqId: string): void {
    const awaited = this.#awaited.get(reqId);
    if (awaited === undefined) return;
    awaited.timer.cancel();
    this.#awaited.delete(reqId);
    this.#parts.onKnown(awaited.utterance, awaited.positionMs, awaited.reason);
  }
}
