/**
 * Owns a confirmed connection on behalf of the session: hands messages to the inbox, and decides whether an error that
 * came over it concerns one request, the connection, or nothing that is still going on.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { endsSession } from '../../core/failure/ends-session.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { sameFailure } from '../../core/failure/same-failure.js';
import { latestAttempt, nextAttempt } from '../../core/policy/attempt.js';
import { attemptStarted, beginOutage } from '../../core/policy/outage.js';
import type { Outage } from '../../core/policy/outage.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import { toDecidableFailure } from '../../core/policy/to-decidable-failure.js';
import type { Clock } from '../../ports/clock.js';
import { MessageType } from '../../wire/message.js';
import type { ServerError } from '../../wire/message.js';
import type { ConnectionOwner } from '../connection/connection-owner.js';
import { errorFacts } from '../connection/handshake.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { Inbox } from '../speech/inbox.js';
import type { Playback } from '../speech/playback.js';
import type { Speech } from '../speech/speech.js';
import type { SpokenUtterance } from '../speech/spoken-utterance.js';
import type { FailureInterpreter } from './failure-interpreter.js';
import type { SessionDecider } from './session-decider.js';

export interface RuntimeParts {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly decider: SessionDecider;
  readonly interpreter: FailureInterpreter;
  readonly lifecycle: Lifecycle;
  readonly inbox: Inbox;
  readonly playback: Playback;
  readonly speech: Speech;
}

/** What a lost connection means: a failure, told to the application already or not, or a normal end. */
export type Loss = { readonly error: AvatarSDKError; readonly announced: boolean } | 'normalEnd';

interface ReportedError {
  readonly error: AvatarSDKError;
  readonly facts: FailureFacts;
  readonly atMs: number;
  readonly ofRequest: boolean;
}

const NOT_RESENDABLE = {
  action: 'giveUp',
  reason: 'rule',
  why: 'the utterance can not be sent again',
} as const;

export class Runtime implements ConnectionOwner {
  readonly #parts: RuntimeParts;
  readonly #connection: LiveConnection;
  /** The latest ServerError that left the connection open; a close right after it may be the same failure. */
  #reported: ReportedError | undefined;

  constructor(parts: RuntimeParts, connection: LiveConnection) {
    this.#parts = parts;
    this.#connection = connection;
    parts.playback.attached(connection.capabilities);
  }

  received(...[message, raw]: Parameters<ConnectionOwner['received']>): void {
    switch (message.type) {
      case MessageType.serverResponseAnimation:
        this.#parts.inbox.animation(message, raw);
        return;
      case MessageType.serverPlaybackState:
        this.#parts.inbox.playback(message);
        return;
      case MessageType.serverError:
        this.#serverError(message);
        return;
    }
  }

  undecodable(facts: FailureFacts): void {
    this.#report(this.#parts.interpreter.failure(facts));
  }

  drained(): void {
    this.#parts.speech.outbox?.drained();
  }

  pingAnswered(): void {
    this.#parts.speech.outbox?.pingAnswered();
  }

  unfinishedRequests(): number {
    return this.#parts.speech.unfinished.size;
  }

  /** What the facts that ended the connection mean, in the light of what was reported just before. */
  interpretLoss(facts: FailureFacts): Loss {
    const { interpreter, clock } = this.#parts;
    const error = interpreter.interpret(facts);
    const before = this.#reported;
    if (before !== undefined) {
      const closing = error ?? { closeCode: facts.kind === 'socketClosed' ? facts.closeCode : 1000 };
      const same = sameFailure(before.error, closing, clock.nowMs() - before.atMs);
      // A request's failure says nothing about the connection, unless the close says the same again.
      const said = same && (!before.ofRequest || error?.code === before.error.code);
      // What is done follows from the close, where it has a meaning of its own; it is only not told twice.
      if (said) return { error: error ?? interpreter.failure(before.facts), announced: true };
    }
    return error === undefined ? 'normalEnd' : { error, announced: false };
  }

  #serverError(message: ServerError): void {
    const { inbox, interpreter, policy, clock } = this.#parts;
    const concerned = inbox.concerned(message);
    if (concerned === 'late') return;
    const { connectionId } = this.#connection;
    const where = {
      phase: 'websocket_runtime',
      step: 'receive',
      usesEgress: interpreter.usesEgress,
    } as const;
    const ofRequest = concerned !== 'connection' && concerned !== 'foreign';
    const received = ofRequest ? { ...message, reqId: concerned.ledger.reqId } : message;
    const facts = errorFacts(received, { ...where, connectionId }, true);
    const error = interpreter.failure(facts);
    if (concerned === 'connection') {
      const rule = policy.rules[error.code];
      const retried = rule.action === 'retry' && (!error.permanent || rule.retryPermanent === true);
      if (retried || endsSession(error.code)) {
        this.#connection.abandon(facts);
        return;
      }
    }
    this.#reported = { error, facts, atMs: clock.nowMs(), ofRequest };
    if (ofRequest) this.#requestRefused(concerned, error);
    // A request that the service began by itself is over, too.
    else
      this.#report(
        concerned === 'foreign' ? recordVerdict(error, { willRetry: true, outcome: 'failed' }) : error,
      );
  }

  /** One request was refused: sent again on this connection when the table says so, failed otherwise. */
  #requestRefused(utterance: SpokenUtterance, error: AvatarSDKError): void {
    const { clock, decider, speech, lifecycle } = this.#parts;
    const nowMs = clock.nowMs();
    const outage = this.#refusals(utterance, nowMs);
    const decision = decider.decide(outage, toDecidableFailure(error), nowMs);
    // The application was asked, and may have cut the utterance short, or ended the session.
    if (utterance.stage.kind !== 'speaking') return;
    const { recovery } = utterance.traits;
    const resendable = utterance.ledger.keptWhole && (recovery === 'replay' || recovery === 'tail');
    if (decision.action === 'giveUp' || !resendable) {
      // The session goes on, so the error has no reason; why the request was given up is in `explain()`.
      speech.fail(utterance, recordVerdict(error, { willRetry: true, outcome: 'failed' }));
      this.#report(error);
      const end = decision.action === 'giveUp' ? decision : NOT_RESENDABLE;
      lifecycle.decided(
        { ...end, why: `request ${utterance.ledger.reqId}: ${end.why}` },
        nextAttempt(outage),
      );
      return;
    }
    const { delayMs, source } = decision;
    utterance.outage = outage;
    const resends = speech.resendAfter(utterance, delayMs, () => {
      utterance.outage = attemptStarted(outage, clock.nowMs());
    });
    if (!resends) return;
    const attempt = nextAttempt(outage);
    lifecycle.failed(recordVerdict(error, { willRetry: true, attempt: latestAttempt(outage) }));
    lifecycle.decided(decision, attempt);
    lifecycle.notifier.announce('retry', { error, attempt, delayMs, source });
  }

  /** The history of the refusals of a request: it ends when its latest run made progress for `stableAfterMs`. */
  #refusals(utterance: SpokenUtterance, nowMs: number): Outage {
    const { outage, ledger, lastHeardAtMs, deliveredAtRefusal } = utterance;
    const gained = ledger.keyframesDelivered - deliveredAtRefusal;
    utterance.deliveredAtRefusal = ledger.keyframesDelivered;
    const fresh = attemptStarted(beginOutage(nowMs), nowMs);
    if (outage === undefined) return fresh;
    // A run that brings nothing new is no progress, however long it lasts.
    if (gained <= 0) return outage;
    const workedMs = Math.max(lastHeardAtMs - (outage.lastAttemptAtMs ?? nowMs), 0);
    const { stableAfterMs } = this.#parts.policy;
    return workedMs >= stableAfterMs ? fresh : { ...outage, workedMs: outage.workedMs + workedMs };
  }

  /** The session goes on. */
  #report(error: AvatarSDKError): void {
    this.#parts.lifecycle.failed(recordVerdict(error, { willRetry: true }));
  }
}
