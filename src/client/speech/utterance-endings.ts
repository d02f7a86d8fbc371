/**
 * The ways in which an utterance ends: each settles the application's promises once, frees the audio, and emits the end of
 * playback that has started. Decides nothing about when that is.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { MessageType, PlaybackStateValue } from '../../ports/message.js';
import type { ServerPlaybackState } from '../../ports/message.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';
import { requestError } from './speech-host.js';
import type { SpeechHost } from './speech-host.js';

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

  /** `verdictIsKnown`: whether `error` says already if the session goes on; otherwise see `ActiveUtterance.verdictReached`. */
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

/**
 * Interrupted utterances whose exact position the service may still state. Each waits for that a short time, and not at all once
 * the connection is gone. Knows nothing of playback events.
 */

/** How long the service has for it, milliseconds. */
export const LAST_WORD_MS = 250;

interface Awaited {
  readonly utterance: ActiveUtterance;
  readonly timer: Timer;
  readonly reason: string;
  /** Where it stopped, as far as it is known. */
  positionMs: number;
}

export interface LastWordsParts {
  readonly clock: Clock;
  /** The position in the utterance that the service means. */
  readonly positionOf: (utterance: ActiveUtterance, state: ServerPlaybackState) => number;
  /** Called once per utterance. */
  readonly onKnown: (utterance: ActiveUtterance, positionMs: number, reason: string) => void;
}

export class LastWords {
  readonly #parts: LastWordsParts;
  /** By the request id on the wire. */
  readonly #awaited = new Map<string, Awaited>();

  constructor(parts: LastWordsParts) {
    this.#parts = parts;
  }

  /** `positionMs` holds unless the service says another one. */
  expect(utterance: ActiveUtterance, positionMs: number, reason: string): void {
    const { clock } = this.#parts;
    const reqId = utterance.ledger.wireReqId;
    // A late timer runs before the sockets are read: the position may be waiting there.
    const timer = clock.schedule(LAST_WORD_MS, () => clock.afterPendingInput(() => this.#conclude(reqId)));
    this.#awaited.set(reqId, { utterance, timer, reason, positionMs });
  }

  stated(state: ServerPlaybackState): void {
    const awaited = this.#awaited.get(state.reqId);
    if (awaited === undefined) return;
    awaited.positionMs = this.#parts.positionOf(awaited.utterance, state);
    // A position that was under way when the interrupt came to the service is not the last one.
    const isFinal =
      state.state === PlaybackStateValue.interrupted || state.state === PlaybackStateValue.ended;
    if (isFinal) this.#conclude(state.reqId);
  }

  /** The connection is gone: what is known by now has to do. */
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

/**
 * Utterances that are complete, and whose frames a loop still takes: how many reach the application is known when the loop has come to
 * its end. A loop that takes none for a time is not waited for. Knows nothing of results and events.
 */

/** How long the result of an utterance waits for a loop that takes no frame, milliseconds. */
export const READ_PATIENCE_MS = 2_000;
/** So often it waits for a loop that may take none, because the session is paused. */
const MAX_PAUSED_WAITS = 60;

interface Read {
  timer: Timer;
  /** Keyframes taken when the timer was started. */
  taken: number;
  pausedWaits: number;
}

export class LastReads {
  readonly #clock: Clock;
  readonly #mayRead: () => boolean;
  readonly #onOver: (utterance: ActiveUtterance) => void;
  /** Present while a loop is waited for. */
  #reads: Map<ActiveUtterance, Read> | undefined;
  #empty: Deferred<void> | undefined;

  /** @param onOver called once for each utterance */
  constructor(clock: Clock, mayRead: () => boolean, onOver: (utterance: ActiveUtterance) => void) {
    this.#clock = clock;
    this.#mayRead = mayRead;
    this.#onOver = onOver;
  }

  expect(utterance: ActiveUtterance): void {
    const { frames } = utterance;
    if (frames === undefined) return;
    this.#reads ??= new Map();
    this.#reads.set(utterance, { timer: this.#wait(utterance), taken: takenOf(utterance), pausedWaits: 0 });
    // Not in the middle of the loop's own step.
    frames.onRead = () => void Promise.resolve().then(() => this.#check(utterance));
  }

  /** Resolves when no loop is waited for. */
  whenEmpty(): Promise<void> {
    if (this.#reads === undefined) return Promise.resolve();
    this.#empty ??= new Deferred<void>();
    return this.#empty.promise;
  }

  /** The session is over: what has been taken by now counts. */
  end(): void {
    for (const utterance of this.#reads?.keys() ?? []) this.#conclude(utterance);
  }

  #check(utterance: ActiveUtterance): void {
    if (utterance.frames?.isBeingRead === false) this.#conclude(utterance);
  }

  #wait(utterance: ActiveUtterance): Timer {
    return this.#clock.schedule(READ_PATIENCE_MS, () => {
      const read = this.#reads?.get(utterance);
      if (read === undefined) return;
      const taken = takenOf(utterance);
      const isPaused = !this.#mayRead();
      if (taken === read.taken && (!isPaused || read.pausedWaits === MAX_PAUSED_WAITS)) {
        this.#conclude(utterance);
        return;
      }
      read.pausedWaits = isPaused ? read.pausedWaits + 1 : 0;
      read.taken = taken;
      read.timer = this.#wait(utterance);
    });
  }

  #conclude(utterance: ActiveUtterance): void {
    const read = this.#reads?.get(utterance);
    if (read === undefined) return;
    read.timer.cancel();
    this.#reads?.delete(utterance);
    if (utterance.frames !== undefined) utterance.frames.onRead = undefined;
    this.#onOver(utterance);
    if (this.#reads?.size !== 0) return;
    this.#reads = undefined;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}

function takenOf(utterance: ActiveUtterance): number {
  return utterance.handedOver(false).end;
}
