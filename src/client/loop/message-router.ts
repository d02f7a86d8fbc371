/**
 * Owns a confirmed connection on behalf of the session: gives messages to the inbox, and decides whether an error that
 * came over the connection concerns one request, the connection, or nothing that is still open.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { SAME_FAILURE_WINDOW_MS, sameFailure, serverErrorEffect } from '../../core/policy/decide.js';
import type { SeenFailure } from '../../core/policy/decide.js';
import { attemptStarted, latestAttempt, nextAttempt, requestFailed } from '../../core/policy/outage.js';
import type { Outage, RequestRun } from '../../core/policy/outage.js';
import { toDecidableFailure } from '../../core/policy/decidable-failure.js';
import { MessageType } from '../../ports/message.js';
import type { ServerError } from '../../ports/message.js';
import { errorFacts } from '../connection/server-message.js';
import type { ConnectionOwner, LiveConnection } from '../connection/live-connection.js';
import type { ReportedFrame } from '../connection/server-message.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { Inbox } from '../speech/inbox.js';
import type { Playback } from '../speech/playback.js';
import { copyForRequest } from '../speech/speech-host.js';
import type { Speech } from '../speech/speech.js';
import type { ActiveUtterance } from '../speech/active-utterance.js';
import { decideAbout } from './decisions.js';
import type { DecidingHost } from './decisions.js';

export interface RouterHost extends DecidingHost {
  readonly errors: SessionErrors;
  readonly lifecycle: Lifecycle;
  readonly inbox: Inbox;
  readonly playback: Playback;
  readonly speech: Speech;
  /** Why no new request is accepted; the session ends when the open ones have finished. */
  readonly drainError: AvatarSDKError | undefined;
}

/** What a lost connection means: a failure, or a normal end. */
export type Loss =
  | {
      readonly error: AvatarSDKError;
      /** The error that the application gets for it; undefined if it got one before, or gets none. */
      readonly emitted: AvatarSDKError | undefined;
    }
  | 'normalEnd';

interface ReportedError {
  readonly error: AvatarSDKError;
  readonly facts: FailureFacts;
  readonly atMs: number;
}

const NOT_RESENDABLE = {
  action: 'giveUp',
  reason: 'rule',
  why: 'the utterance can not be sent again',
} as const;

export class MessageRouter implements ConnectionOwner {
  readonly #host: RouterHost;
  readonly #connection: LiveConnection;
  /** The latest ServerErrors that left the connection open: a close right after one may be the same failure. */
  #reported: ReportedError | undefined;
  #refused: ReportedError | undefined;

  constructor(host: RouterHost, connection: LiveConnection) {
    this.#host = host;
    this.#connection = connection;
    host.playback.attached(connection.capabilities);
  }

  received(...[message, raw]: Parameters<ConnectionOwner['received']>): void {
    switch (message.type) {
      case MessageType.serverResponseAnimation:
        if (this.#isOurs(this.#host.inbox.animation(message, raw)) && message.end) this.#requestAnswered();
        return;
      case MessageType.serverPlaybackState:
        this.#isOurs(this.#host.inbox.playback(message));
        return;
      case MessageType.serverError:
        this.#serverError(message);
        return;
    }
  }

  /** Counts a message that is of no use to an open request; such a message says nothing else about the connection. */
  #isOurs(reported: ReportedFrame | undefined): boolean {
    if (reported !== undefined) this.#connection.admitsReport(reported);
    return reported === undefined;
  }

  undecodable(facts: FailureFacts): void {
    // The frames that have arrived together with this one may be too many for the connection to continue.
    this.#host.lifecycle.failedUndecided(this.#host.errors.failure(facts), 0);
  }

  /**
   * Called when a request was answered to its end, which shows that the connection works. A session that drains ends
   * with the last request in any case.
   */
  #requestAnswered(): void {
    const { lifecycle, drainError } = this.#host;
    if (lifecycle.hasUndecided && drainError === undefined) lifecycle.verdictReached({ willRetry: true });
  }

  drained(): void {
    this.#host.speech.outbox?.drained();
  }

  pingAnswered(): void {
    this.#host.speech.outbox?.pingAnswered();
  }

  get isSpeaking(): boolean {
    return this.#host.speech.isSpeaking;
  }

  unfinishedRequests(): number {
    return this.#host.speech.unfinished.size;
  }

  /** Interprets the facts that ended the connection, together with the errors just before. */
  interpretLoss(facts: FailureFacts): Loss {
    const { errors, lifecycle } = this.#host;
    const error = errors.interpret(facts);
    const closing = error ?? { closeCode: facts.kind === 'socketClosed' ? facts.closeCode : 1000 };
    const reported = this.#reported;
    // The close decides what follows if it has a meaning of its own; the application gets one error.
    if (reported !== undefined && this.#repeats(reported, closing)) {
      if (lifecycle.isUndecided(reported.error)) {
        return { error: error ?? reported.error, emitted: reported.error };
      }
      return { error: error ?? errors.failure(reported.facts), emitted: undefined };
    }
    if (error === undefined) return 'normalEnd';
    // The failure of a request says nothing about the connection, unless the close has the same failure.
    const refused = this.#refused;
    const saysAgain = refused?.error.code === error.code && this.#repeats(refused, closing);
    return { error, emitted: saysAgain ? undefined : error };
  }

  #repeats({ error, atMs }: ReportedError, closing: SeenFailure): boolean {
    const { context, lifecycle } = this.#host;
    const elapsedMs = context.clock.nowMs() - atMs;
    // While the error waits for its verdict its time is not over, however late the close is read.
    const withinMs = lifecycle.isUndecided(error) ? Math.min(elapsedMs, SAME_FAILURE_WINDOW_MS) : elapsedMs;
    return sameFailure(error, closing, withinMs);
  }

  #serverError(message: ServerError): void {
    const { inbox, errors, lifecycle, context } = this.#host;
    const concerned = inbox.concerned(message);
    if (concerned === 'late') {
      this.#connection.admitsReport('ignored');
      return;
    }
    const { connectionId } = this.#connection;
    const where = {
      phase: 'websocket_runtime',
      step: 'receive',
      usesEgress: errors.usesEgress,
    } as const;
    const ofRequest = concerned !== 'connection' && concerned !== 'foreign';
    const received = ofRequest ? { ...message, reqId: concerned.ledger.reqId } : message;
    const facts = errorFacts(received, { ...where, connectionId }, true);
    const error = errors.failure(facts);
    const reported = { error, facts, atMs: context.clock.nowMs() };
    if (concerned === 'connection' && serverErrorEffect(context.policy, error) !== 'report') {
      this.#connection.abandon(facts);
      return;
    }
    // Errors about our requests are limited by the number of requests.
    if (!ofRequest && !this.#connection.admitsReport('serverError')) return;
    if (concerned === 'connection') {
      this.#reported = reported;
      lifecycle.failedUndecided(error, SAME_FAILURE_WINDOW_MS);
      return;
    }
    this.#refused = reported;
    if (ofRequest) this.#requestRefused(concerned, error);
    // This ends a request that the service began by itself, too.
    else this.#requestFailed(error);
  }

  /**
   * Called with the error of a request that is over. Its report waits, because a close may follow that ends the
   * session.
   */
  #requestFailed(error: AvatarSDKError, of?: ActiveUtterance, emitted?: () => void): void {
    const { lifecycle, speech } = this.#host;
    const attempt = error.attempt === undefined ? {} : { attempt: error.attempt };
    const verdict = { willRetry: true, outcome: 'failed', ...attempt } as const;
    recordVerdict(error, verdict);
    // Handlers may change the error of the event: `finished` gets a copy, with the same verdict.
    const own = of && recordVerdict(copyForRequest(error, of.ledger.reqId), verdict);
    if (of !== undefined && own !== undefined) speech.fail(of, own, false);
    lifecycle.failedUndecided(error, SAME_FAILURE_WINDOW_MS, () => {
      emitted?.();
      if (own === undefined) return;
      lifecycle.notifier.inTurn(() => {
        recordVerdict(own, { willRetry: error.willRetry });
        of?.verdictReached();
      });
    });
  }

  /**
   * Called when one request was refused: sends it again on this connection if the table allows it, and fails it
   * otherwise.
   */
  #requestRefused(utterance: ActiveUtterance, error: AvatarSDKError): void {
    const { speech, lifecycle } = this.#host;
    const { clock } = this.#host.context;
    const nowMs = clock.nowMs();
    const outage = this.#refusals(utterance, nowMs);
    const decision = decideAbout(this.#host, outage, toDecidableFailure(error), nowMs);
    // The decision called the application, which may have ended the utterance or the session.
    if (utterance.stage.kind !== 'speaking') return;
    const { recovery } = utterance.traits;
    const resendable = utterance.ledger.keptWhole && (recovery === 'replay' || recovery === 'tail');
    const gaveUp = decision.action === 'giveUp';
    if (gaveUp || !resendable) {
      // The session continues, so the error has no reason; why the request was given up is in `explain()`.
      const end = gaveUp ? decision : NOT_RESENDABLE;
      const why = `request ${utterance.ledger.reqId}: ${end.why}`;
      const attempt = nextAttempt(outage);
      recordVerdict(error, { willRetry: true, attempt: latestAttempt(outage) });
      this.#requestFailed(error, utterance, () => lifecycle.decided({ ...end, why }, attempt));
      return;
    }
    const { delayMs, source } = decision;
    utterance.outage = outage;
    const resends = speech.resendAfter(utterance, delayMs, () => {
      utterance.outage = attemptStarted(outage, clock.nowMs());
    });
    if (!resends) return;
    const attempt = nextAttempt(outage);
    const verdict = { willRetry: true, attempt: latestAttempt(outage), outcome: 'replayed' } as const;
    lifecycle.failedUndecided(recordVerdict(error, verdict), SAME_FAILURE_WINDOW_MS, () => {
      if (!error.willRetry) return;
      lifecycle.decided(decision, attempt);
      lifecycle.announce('retry', { error, attempt, delayMs, source });
    });
  }

  /** The earlier refusals of a request together with this one. */
  #refusals(utterance: ActiveUtterance, nowMs: number): Outage {
    const { errors, playback, context } = this.#host;
    const run = endedRun(utterance, playback, errors.usesEgress, nowMs);
    return requestFailed(utterance.outage, run, nowMs, context.policy.stableAfterMs);
  }
}

/** Positions in a room are known to 150 ms: two positions that differ by less than twice that may be the same. */
const SAME_POSITION_MS = 300;

/** Records the progress of the request, to compare the next run with it. */
function endedRun(
  utterance: ActiveUtterance,
  playback: Pick<Playback, 'positionMs'>,
  usesEgress: boolean,
  nowMs: number,
): RequestRun {
  // A room sends no keyframes here: its progress is the audio that it has played.
  const progress = usesEgress ? playback.positionMs(utterance) : utterance.ledger.keyframesDelivered;
  const gained = progress - utterance.progressAtFailure;
  const hadNewKeyframes = gained > (usesEgress ? SAME_POSITION_MS : 0);
  if (hadNewKeyframes) utterance.progressAtFailure = progress;
  const { sentAtMs, onAir, lastHeardAtMs } = utterance;
  return { sentAtMs, aliveUntilMs: onAir ? nowMs : lastHeardAtMs, hadNewKeyframes };
}
