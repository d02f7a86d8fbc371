/**
 * The session's state, its history and its events: every change of state goes through the one table, is kept for `explain()` and emitted.
 * Decides nothing.
 */
import { ownMember } from '../../core/option/plain-object.js';
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, FailureVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKErrorCode, Phase } from '../../core/failure/avatar-sdk-error-code.js';
import type { Decision } from '../../core/policy/decide.js';
import {
  isFailure,
  numbered,
  remember,
  transition,
  withoutSpareRoom,
} from '../../core/session/session-life.js';
import type {
  HistoryEvent,
  HistoryEntry,
  SessionEnd,
  SessionEvent,
  SessionState,
} from '../../core/session/session-life.js';
import type { Clock } from '../../ports/clock.js';
import { Deferred } from '../waiting/deferred.js';
import { Notifier } from './notifier.js';
import type { EventCallbacks } from './notifier.js';
import type { RetryInfo, SessionEvents } from './session-events.js';
import { Telemetry } from './telemetry.js';
import type { TelemetryOptions, Told } from './telemetry.js';
import { UndecidedErrors } from './undecided-errors.js';
import type { Undecided } from './undecided-errors.js';
import type { FleetLeaseMessage, PointMessages } from './channels.js';

const LEASE_CHANGES: Readonly<Record<FleetLeaseMessage['change'], string>> = {
  acquired: 'the session has a lease',
  lost: 'the session has lost its lease: it continues, and asks for another one',
  regained: 'the session has a lease again',
  released: 'the session is over, and has released its lease',
};

/** The options of a session that are used here. */
export interface LifecycleOptions extends TelemetryOptions {
  readonly callbacks: EventCallbacks;
}

/** The facts of a retry that are kept. */
interface OngoingOutage {
  readonly code: AvatarSDKErrorCode;
  readonly attempt: number;
  readonly sinceMs: number;
}

const NONE_WAITED: readonly Undecided[] = [];

export class Lifecycle {
  readonly notifier: Notifier;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  #history: HistoryEvent[] = [];
  /** All entries of the history so far, dropped ones included; and the number of the current life: 1 until the first restart. */
  happened = 0;
  lives = 1;
  #state: SessionState = 'idle';
  #phase: Phase = 'session_token';
  #nextState: Deferred<void> | undefined;
  /** When the current state began, by the clock. */
  stateSinceMs: number;
  /** Set from the first retried failure until the next connection. */
  outage: OngoingOutage | undefined;
  /** The reason for the latest decision. */
  #why = '';
  /** Present once an error has waited. */
  #undecided: UndecidedErrors | undefined;

  constructor(options: LifecycleOptions) {
    this.notifier = new Notifier(options.callbacks, options.clock);
    this.telemetry = new Telemetry(options);
    this.clock = options.clock;
    this.stateSinceMs = options.clock.nowMs();
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The current phase of the session, or its latest one. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Resolves when the state changes. */
  get nextState(): Promise<void> {
    this.#nextState ??= new Deferred();
    return this.#nextState.promise;
  }

  /** Whether the session is closing or closed. */
  get ending(): boolean {
    return this.#state === 'closing' || this.#state === 'closed';
  }

  history(): readonly HistoryEntry[] {
    return numbered(this.#history, this.happened, this.lives);
  }

  /** Throws on an event that is not legal in this state, which would be a defect of this package. */
  move(event: SessionEvent, reason: string): void {
    const from = this.#state;
    const to = transition(from, event);
    if (to === undefined) throw new Error(`illegal transition: ${event} in state ${from}`);
    this.#state = to;
    this.stateSinceMs = this.clock.nowMs();
    if (to === 'websocket_runtime' || this.ending) this.outage = undefined;
    this.#nextState?.resolve();
    this.#nextState = undefined;
    if (event === 'restarted') {
      this.lives += 1;
      this.#phase = 'session_token';
    }
    if (to === 'session_token' || to === 'websocket_connect' || to === 'websocket_runtime') this.#phase = to;
    this.#remember({ kind: 'state', atMs: this.clock.epochMs(), from, to, reason });
    if (to === 'websocket_runtime') this.#history = withoutSpareRoom(this.#history);
    if (!this.#hasReaders('state')) return;
    const { phase } = this;
    this.announce('state', { from, to, reason }, () => ({ from, to, reason, phase }));
  }

  /** Most sessions have no listener for most events, and nothing is made for them. */
  #hasReaders(name: 'state' | 'retry' | 'reconnect' | 'close'): boolean {
    const { notifier, telemetry } = this;
    return notifier.isBusy || notifier.hasListeners(name) || telemetry.hasReaders(name);
  }

  /** A failure will be followed by another dial. */
  retried(info: RetryInfo): void {
    const { error, attempt } = info;
    this.outage = { code: error.code, attempt, sinceMs: this.outage?.sinceMs ?? this.clock.nowMs() };
    this.announce('retry', info);
  }

  /** Emits an event. Right before its handlers are called it is published on its channel, with the reason for its decision. */
  announce<Name extends 'state' | 'retry' | 'reconnect' | 'close'>(
    name: Name,
    payload: SessionEvents[Name],
    make?: () => Told<PointMessages[Name]>,
  ): void {
    if (!this.#hasReaders(name)) return;
    const { notifier, telemetry } = this;
    const told = make ?? this.#toldOf(name, payload);
    notifier.emit(name, payload, undefined, () => telemetry.publish(name, told));
  }

  #toldOf<Name extends 'state' | 'retry' | 'reconnect' | 'close'>(
    name: Name,
    payload: SessionEvents[Name],
  ): () => Told<PointMessages[Name]> {
    const decided = name === 'retry' || (name === 'close' && 'error' in payload) ? { why: this.#why } : {};
    return () => ({ ...payload, ...decided }) as unknown as Told<PointMessages[Name]>;
  }

  failed(error: AvatarSDKError): void {
    const { code, phase, step, message } = error;
    const matchedRow = ownMember(error, 'matchedRow') ?? '';
    const atMs = this.clock.epochMs();
    this.#remember({ kind: 'failure', atMs, code, phase, step, message, matchedRow });
    this.notifier.emit('error', error, undefined, () => {
      this.#correct(error);
      this.telemetry.publish('error', () => ({ error }));
    });
  }

  /** A handler of an earlier event in the queue may have closed the session. Then the error's verdict is corrected. */
  #correct(error: AvatarSDKError): void {
    if (!error.willRetry || !this.ending) return;
    const latest = this.#history.findLast(({ kind }) => kind === 'state');
    const isAborted = latest?.kind === 'state' && latest.reason === 'aborted';
    const reason = isAborted ? 'aborted' : 'closed';
    recordVerdict(error, verdictFor(error, { willRetry: false, reason }));
  }

  /**
   * Like `failed`, but the error waits until it is known whether the session continues: for `waitMs`, unless `verdictReached` is called
   * before. Its verdict is recorded when it is emitted; `emitted` is called right after that.
   */
  failedUndecided(error: AvatarSDKError, waitMs: number, emitted?: () => void): void {
    this.#undecided ??= new UndecidedErrors(this.clock, (each) => this.#failedAs({ willRetry: true }, each));
    this.#undecided.add(error, waitMs, emitted);
  }

  /** Whether the error waits for its verdict. */
  isUndecided(error: AvatarSDKError): boolean {
    return this.#undecided?.has(error) ?? false;
  }

  get hasUndecided(): boolean {
    return this.#undecided !== undefined && this.#undecided.size > 0;
  }

  /** Emits all waiting errors with this verdict, and then `error`, unless it was one of them. */
  verdictReached(verdict: FailureVerdict, error?: AvatarSDKError): void {
    // Mostly no error waits.
    const waited = this.#undecided?.takeAll() ?? NONE_WAITED;
    for (const each of waited) this.#failedAs(verdict, each);
    if (error !== undefined && !waited.some((each) => each.error === error)) this.failed(error);
  }

  #failedAs(verdict: FailureVerdict, { error, emitted }: Undecided): void {
    this.notifier.batch(() => {
      this.failed(recordVerdict(error, verdictFor(error, verdict)));
      emitted?.();
    });
  }

  decided(decision: Decision, attempt: number): void {
    if (decision.action === 'giveUp') {
      const atMs = this.clock.epochMs();
      this.#why = decision.why;
      this.#remember({ kind: 'giveUp', atMs, reason: decision.reason, why: decision.why });
      return;
    }
    const { delayMs, source, why } = decision;
    this.delayed({ attempt, delayMs, source, why });
  }

  /** A retry waits for its delay. */
  delayed(delay: Omit<Extract<HistoryEvent, { kind: 'retry' }>, 'kind' | 'atMs'>): void {
    this.#why = delay.why;
    this.#remember({ kind: 'retry', atMs: this.clock.epochMs(), ...delay });
  }

  /** The session's lease in its fleet was lost, or regained after a wait. */
  leaseChanged(change: FleetLeaseMessage['change'], waitedMs: number): void {
    const reason = LEASE_CHANGES[change];
    if (change === 'lost' || change === 'regained')
      this.#remember({ kind: 'lease', atMs: this.clock.epochMs(), reason });
    this.telemetry.publish('fleetLease', () => ({ change, reason, waitedMs }));
  }

  /** Audio waits for room in memory that sessions of the process share. `error` names the limit, and has its verdict. */
  roomAwaited(error: AvatarSDKError, attempt: number): void {
    const delay = { attempt, delayMs: 0, source: 'memory' } as const;
    this.delayed({ ...delay, why: error.message });
    this.announce('retry', { ...delay, error });
  }

  #remember(entry: HistoryEvent): void {
    this.happened += 1;
    remember(this.#history, entry);
  }
}

/** An error of one request has no reason: the failure that ends the session is an error of its own. */
function verdictFor({ outcome }: AvatarSDKError, verdict: FailureVerdict): FailureVerdict {
  if (outcome === undefined) return verdict;
  const { willRetry } = verdict;
  // A planned re-send no longer happens.
  return { willRetry, outcome: outcome === 'replayed' && !willRetry ? 'failed' : outcome };
}

/** Whether an `error` event reports this end. */
export function isReported(end: SessionEnd, { notifier }: Pick<Lifecycle, 'notifier'>): boolean {
  return isFailure(end) && notifier.hasListeners('error');
}
