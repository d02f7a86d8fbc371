/**
 * The ways in which an utterance ends: each settles the application's promises once, frees the audio, and emits the end of
 * playback that has started. Decides nothing about when that is.
 */
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import { MessageType } from '../../ports/message.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { LastReads } from './last-reads.js';
import { LastWords } from './last-words.js';
import { requestError } from './request-error.js';
import type { SpeechHost } from './speech-host.js';
import type { ActiveUtterance } from './active-utterance.js';

export interface UtteranceEndingsParts {
  readonly host: SpeechHost;
  readonly connection: () => LiveConnection | undefined;
  /** Whether loops over frames may take them now. */
  readonly mayRead: () => boolean;
  /** The utterance is over: nothing of it goes out or comes in any more. */
  readonly forget: (utterance: ActiveUtterance) => void;
}

export class UtteranceEndings {
  readonly lastWords: LastWords;
  readonly lastReads: LastReads;
  readonly #parts: UtteranceEndingsParts;

  constructor(parts: UtteranceEndingsParts) {
    this.#parts = parts;
    const { playback, context } = parts.host;
    const { clock } = context;
    this.lastWords = new LastWords({
      clock,
      positionOf: (utterance, state) => playback.lastPositionMs(utterance, state),
      onKnown: (utterance, positionMs, reason) => {
        utterance.resolve(positionMs);
        playback.over(utterance, 'interrupted', positionMs, reason);
      },
    });
    this.lastReads = new LastReads(clock, parts.mayRead, (utterance) => {
      const positionMs = playback.lengthMs(utterance);
      utterance.resolve(positionMs, utterance.handedOver(true).count);
      playback.over(utterance, 'ended', positionMs, '');
    });
  }

  /** On this side: the service is asked to stop, and may state where it did. `reason` is given to the event. */
  interrupt(utterance: ActiveUtterance, reason = ''): void {
    const { host, connection, forget } = this.#parts;
    const { playback } = host;
    this.cancelRequest(utterance);
    if (connection() === undefined || !playback.hasLastWord(utterance)) {
      this.settle(utterance, 'interrupted', reason);
      return;
    }
    const positionMs = playback.positionMs(utterance);
    utterance.done('interrupted', positionMs, false);
    this.lastWords.expect(utterance, positionMs, reason);
    forget(utterance);
  }

  /** The last frame has been handed over, or the utterance was cut short; `reason` is given to the event. */
  settle(utterance: ActiveUtterance, how: 'complete' | 'interrupted', reason = ''): void {
    const { host, forget } = this.#parts;
    const isComplete = how === 'complete';
    const complete = utterance.ledger.replays > 0 ? 'replayed' : 'delivered';
    // Before the audio is released: it says how far a room can have played.
    const positionMs = isComplete ? host.playback.lengthMs(utterance) : host.playback.positionMs(utterance);
    if (isComplete) host.answered();
    const isKnown = !isComplete || !utterance.isBeingRead;
    utterance.done(isComplete ? complete : how, positionMs, isKnown);
    if (!isKnown) this.lastReads.expect(utterance);
    forget(utterance);
    if (!isKnown) return;
    host.playback.over(utterance, isComplete ? 'ended' : 'interrupted', positionMs, reason);
  }

  /** `verdictIsKnown`: whether `error` says already if the session goes on; otherwise see `SpokenUtterance.verdictReached`. */
  fail(utterance: ActiveUtterance, error: AvatarSDKError, verdictIsKnown = true): void {
    const { host, forget } = this.#parts;
    const positionMs = host.playback.positionMs(utterance);
    utterance.failed(error, verdictIsKnown);
    forget(utterance);
    host.playback.over(utterance, 'interrupted', positionMs, '');
  }

  /** As `interrupt`, for audio that will never be complete: the application's promises fail. */
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

  /** Asks the service to stop the current request of the utterance. */
  cancelRequest({ ledger }: ActiveUtterance): void {
    if (!ledger.begun) return;
    const reqId = ledger.wireReqId;
    this.#parts.connection()?.send(AVATAR_CODEC.encode({ type: MessageType.clientInterrupt, reqId }));
  }
}
