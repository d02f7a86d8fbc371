/**
 * A session from `start` to its end: its life, and the parts that belong to it. Each part accesses the session through a narrow interface
 * that the part declares; no part reads the session in its constructor, so the order of the constructors is irrelevant. Every end goes
 * through `#finish`: first all sockets, timers and listeners are closed, then the last events are emitted and the last promises settle.
 * The connection loop works in between. A restart makes another session of this class, which takes over the lifecycle of the former one.
 */
import { ownMember } from '../core/option/plain-object.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { createRedactor } from '../core/redaction/redactor.js';
import {
  IDLE,
  confirmed,
  drainErrorOf,
  draining,
  endOf,
  ending,
  isEnded,
  isFailure,
  isStarted,
  mayRestart,
  over,
  started,
  stopped,
  wasConfirmed,
} from '../core/session/session-life.js';
import type { Life, SessionEnd } from '../core/session/session-life.js';
import type { EndSignal } from '../ports/end-signal.js';
import { closeSession } from './close-session.js';
import { isReported, Lifecycle } from './events/lifecycle.js';
import { SessionErrors } from './events/session-errors.js';
import { joinFleet } from './gate/fleet-membership.js';
import type { FleetMembership } from './gate/fleet-membership.js';
import { SessionGates } from './gate/shared-gate.js';
import { ConnectionLoop, endAfter } from './loop/connection-loop.js';
import type { LoopEnd, LoopHost } from './loop/connection-loop.js';
import { TokenStore, tokenSourceOf } from './loop/token-store.js';
import { removeOpenSession, watchOpenSession } from './open-sessions.js';
import type { OpenSession } from './open-sessions.js';
import type { ResolvedSessionOptions } from './options/resolve-session-options.js';
import { contextOf, secretsOf, withoutSecrets } from './options/session-context.js';
import type { SessionContext } from './options/session-context.js';
import { Inbox } from './speech/inbox.js';
import type { InboxHost } from './speech/inbox.js';
import { locate } from './locate-session.js';
import { Playback } from './speech/playback.js';
import { requestFailure } from './speech/speech-host.js';
import { Speech } from './speech/speech.js';
import { StartCalls } from './start-calls.js';
import { isTimeout, rejectedStart, warnWhereUnobserved } from './events/process-warnings.js';
import { AbortFlag } from './waiting/deadline.js';
import { Latch } from './waiting/deferred.js';

export class Session implements InboxHost, LoopHost, OpenSession {
  /** Replaced by a context without credentials when the session is over and can't be restarted. */
  context: SessionContext;
  readonly lifecycle: Lifecycle;
  readonly errors: SessionErrors;
  tokens: TokenStore;
  readonly playback: Playback;
  readonly speech: Speech;
  readonly inbox: Inbox;
  /** Undefined without a coordinator. */
  fleet: FleetMembership | undefined;
  openEntry: OpenSession['openEntry'];
  readonly #loop: ConnectionLoop;
  #life: Life = IDLE;
  /** Present while an operation is running that the end of the session must abort; an idle session has none. */
  #abort: AbortFlag | undefined;
  /** Settled when the first connection is confirmed, or at the end. */
  #starting: StartCalls | undefined;
  #firstConnectionId = '';
  /** Whether `close` has ever been called. */
  closeAsked = false;
  /** The session that this one continues, until that has ended completely. */
  #previous: Session | undefined;
  readonly #done = new Latch();

  constructor(options: ResolvedSessionOptions, previous?: Session) {
    this.context = contextOf(options);
    const { clock, usesEgress } = this.context;
    this.lifecycle = previous?.lifecycle ?? new Lifecycle(options);
    this.#previous = previous;
    this.errors = new SessionErrors(createRedactor(secretsOf(options)), this.lifecycle, usesEgress);
    this.tokens = new TokenStore(tokenSourceOf(options), clock, this.errors, previous?.tokens);
    this.playback = new Playback(this);
    this.speech = new Speech(this, previous?.speech.requestIds);
    this.inbox = new Inbox(this);
    this.fleet = joinFleet(options, this);
    this.#loop = new ConnectionLoop(this);
  }

  /** Whether `start` has been called and the session is not over. */
  get started(): boolean {
    return isStarted(this.#life);
  }

  /** How the session ends or has ended; undefined before that. */
  get end(): SessionEnd | undefined {
    return endOf(this.#life);
  }

  /** Whether the session ends or has ended. */
  get over(): boolean {
    return isEnded(this.#life);
  }

  /** Whether `close()` or a signal of the application has ended it. */
  get endedByApplication(): boolean {
    const reason = this.end?.reason;
    return reason === 'closed' || reason === 'aborted';
  }

  /** Why no new utterance is accepted while the open ones finish before the end; undefined while new ones are accepted. */
  get drainError(): AvatarSDKError | undefined {
    return drainErrorOf(this.#life);
  }

  /** Whether it has been started and no connection is confirmed yet. */
  get isStarting(): boolean {
    return !this.over && this.#starting !== undefined;
  }

  /** Whether a restart is running: no connection is confirmed yet. */
  get isRestarting(): boolean {
    return this.isStarting && this.#starting?.isRestart === true;
  }

  /** Aborted with an AvatarSDKError when the session ends. */
  get signal(): EndSignal {
    if (this.#abort !== undefined) return this.#abort;
    const abort = new AbortFlag();
    if (isEnded(this.#life)) abort.abort(this.#life.end.error);
    else this.#abort = abort;
    return abort;
  }

  /** Resolves when the session is closed completely. */
  get done(): Promise<void> {
    return this.#done.opened;
  }

  /** The service's id of the confirmed connection; undefined while there is none. */
  get connectionId(): string | undefined {
    return this.#loop.connection?.connectionId;
  }

  get closeOnExit(): OpenSession['closeOnExit'] {
    return this.context.options.closeOnExit;
  }

  /** The gates that the next dial passes. */
  gates(): SessionGates {
    return new SessionGates(this.context.options, this.context.customPost);
  }

  /** Why this request can't begin now: the session is not started yet, drains, or is over. */
  rejectReason(reqId: string): AvatarSDKError | undefined {
    const reason =
      this.end?.error ?? this.drainError ?? (this.started ? undefined : this.errors.notStarted());
    return reason === undefined ? undefined : requestFailure(reason, reqId);
  }

  /** A request was completed. */
  answered(): void {
    this.gates().ingress.answered();
  }

  resendInMs(): number {
    return this.gates().ingress.resendInMs(this.context.options.account);
  }

  /** Resolves with the first connection's id. Throws the errors of a signal that is not the runtime's, before anything has begun. */
  start(signal?: AbortSignal): Promise<string> {
    const { end, lifecycle } = this;
    if (end !== undefined) return rejectedStart(this.context.clock, end.error, isReported(end, lifecycle));
    if (wasConfirmed(this.#life)) return Promise.resolve(this.#firstConnectionId);
    const isRestart = this.#previous !== undefined || lifecycle.lives > 1;
    this.#starting ??= new StartCalls(this.errors, isRestart, (error) => {
      void this.endWith({ reason: 'aborted', error, timedOut: isTimeout(error) });
    });
    const promise = this.#starting.add(signal);
    const before = this.#life;
    this.#life = started(before);
    if (this.#life !== before) lifecycle.notifier.inContext(() => this.#run());
    return promise;
  }

  #run(): void {
    const waits = this.#takeOver() ?? locate(this);
    if (waits !== undefined) void waits.then(() => this.#run());
    else if (isEnded(this.#life)) this.loopEnded({ how: 'over' });
    else void this.#loop.run();
  }

  /** For a restart: takes over the lifecycle as soon as the previous session has ended completely. */
  #takeOver(): Promise<void> | undefined {
    const previous = this.#previous;
    if (previous === undefined) return undefined;
    if (previous.#life.stage !== 'over') return previous.done.then(() => this.#takeOver());
    this.#previous = undefined;
    // The application may keep utterances of the previous session.
    previous.context = withoutSecrets(previous.context);
    this.lifecycle.move('restarted', 'restart');
    return undefined;
  }

  /** A connection is confirmed. */
  connected(connectionId: string): void {
    this.errors.confirmedBefore = true;
    // The dial has ended, and so have all operations that waited for it.
    this.#abort = undefined;
    const before = this.#life;
    this.#life = confirmed(before);
    if (this.#life === before) return;
    this.#firstConnectionId = connectionId;
    watchOpenSession(this);
    this.#starting?.resolve(connectionId);
    this.#starting = undefined;
  }

  /** No new utterance is accepted; the session ends when the open ones finish. */
  drain(error: AvatarSDKError): void {
    this.#life = draining(this.#life, error);
  }

  /** Like `AvatarSession.close`, with checked options. */
  close(...how: Parameters<OpenSession['close']>): Promise<void> {
    this.closeAsked = true;
    if (this.#life.stage === 'over') this.context = withoutSecrets(this.context);
    return closeSession(this, ...how);
  }

  /** Ends the session, once; resolves when it is closed completely. */
  endWith(end: SessionEnd): Promise<void> {
    const before = this.#life;
    this.#life = ending(before, end);
    if (this.#life !== before) {
      this.#stop(end);
      if (!isStarted(before)) void this.#finish(end);
    }
    return this.#done.opened;
  }

  /** The session ends because of this failure. Called by the loop, which ends after that. */
  givenUp(error: AvatarSDKError): void {
    this.#life = ending(this.#life, { reason: 'failed', error });
  }

  /** The connection loop has ended, so the session gets no further connection. `givenUp` before it has stopped nothing yet. */
  loopEnded(how: LoopEnd): void {
    if (!isEnded(this.#life)) this.#life = ending(this.#life, endAfter(how, this));
    if (this.#life.stage !== 'ending') return;
    const { end } = this.#life;
    if (!this.#life.stopped) this.#stop(end);
    void this.#finish(end);
  }

  /** Ends all promises, timers, listeners and dials; sockets begin to close. */
  #stop(end: SessionEnd): void {
    this.#life = stopped(this.#life);
    const { lifecycle, speech } = this;
    lifecycle.notifier.batch(() => {
      if (lifecycle.hasUndecided) {
        lifecycle.verdictReached({ willRetry: false, reason: end.error.reason ?? 'rule' });
      }
      if (ownMember(end, 'timedOut') === true) lifecycle.failed(end.error);
      if (!lifecycle.ending) lifecycle.move('endingStarted', end.reason);
      speech.endAll(this.endedByApplication, (reqId) => requestFailure(end.error, reqId));
      this.#starting?.endWaits();
      this.#abort?.abort(end.error);
      void this.#loop.release();
    });
  }

  /** Emits the last events after the session is closed completely. */
  async #finish(end: SessionEnd): Promise<void> {
    await this.#takeOver();
    const released = this.#loop.release();
    if (released !== undefined) await released;
    if (this.fleet !== undefined) await this.fleet.release();
    const { notifier } = this.lifecycle;
    const { reason } = end;
    const told = reason === 'failed' || reason === 'aborted';
    if (isFailure(end) && !isReported(end, this.lifecycle))
      warnWhereUnobserved(this.context.clock, this.#starting?.promises, () => end.error);
    notifier.batch(() => {
      // A restart that ended before it began.
      if (!this.lifecycle.ending) this.lifecycle.move('endingStarted', reason);
      this.lifecycle.move('ended', reason);
      this.lifecycle.announce('close', told ? { reason, error: end.error } : { reason });
    });
    this.#starting?.reject(end.error);
    removeOpenSession(this);
    this.errors.forgetSecrets();
    this.tokens.forget();
    if (this.closeAsked || !mayRestart(end)) this.context = withoutSecrets(this.context);
    this.#life = over(this.#life);
    this.#done.open();
  }
}
