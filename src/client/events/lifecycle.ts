/**
 * The session's state, its memory and its voice: every change of state goes through the one table, is remembered for
 * `explain()` and announced. Decides nothing.
 */
import { ownMember } from '../../core/option/plain-object.js';
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, FailureVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { Phase } from '../../core/failure/phase.js';
import type { Decision } from '../../core/policy/decide.js';
import { numbered, remember, transition } from '../../core/session/session-state.js';
import type {
  HistoryEvent,
  HistoryEntry,
  SessionEvent,
  SessionState,
} from '../../core/session/session-state.js';
import type { Clock } from '../../ports/clock.js';
import { Deferred } from '../waiting/deferred.js';
import type { Notifier } from './notifier.js';
import { UndecidedErrors } from './undecided-errors.js';
import type { Undecided } from './undecided-errors.js';

export class Lifecycle {
  readonly notifier: Notifier;
  readonly clock: Clock;
  #history: readonly HistoryEvent[] = [];
  #happened = 0;
  #state: SessionState = 'idle';
  #phase: Phase = 'session_token';
  #nextState: Deferred<void> | undefined;
  /** Present from the first error on that waited. */
  #undecided: UndecidedErrors | undefined;

  constructor(notifier: Notifier, clock: Clock) {
    this.notifier = notifier;
    this.clock = clock;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The phase that the session is in, or was in last. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Resolves when the state changes. */
  get nextState(): Promise<void> {
    this.#nextState ??= new Deferred();
    return this.#nextState.promise;
  }

  /** Whether the session is on its way out, or out. */
  get ending(): boolean {
    return this.#state === 'closing' || this.#state === 'closed';
  }

  history(): readonly HistoryEntry[] {
    return numbered(this.#history, this.#happened);
  }

  /** Throws on an event that is not legal now: that would be a defect of this package. */
  move(event: SessionEvent, reason: string): void {
    const from = this.#state;
    const to = transition(from, event);
    if (to === undefined) throw new Error(`illegal transition: ${event} in state ${from}`);
    this.#state = to;
    this.#nextState?.resolve();
    this.#nextState = undefined;
    if (to === 'session_token' || to === 'websocket_connect' || to === 'websocket_runtime') this.#phase = to;
    this.#remember({ kind: 'state', atMs: this.clock.epochMs(), from, to, reason });
    this.notifier.emit('state', { from, to, reason });
  }

  failed(error: AvatarSDKError): void {
    const { code, phase, step, message } = error;
    const matchedRow = ownMember(error, 'matchedRow') ?? '';
    const atMs = this.clock.epochMs();
    this.#remember({ kind: 'failure', atMs, code, phase, step, message, matchedRow });
    this.notifier.emit('error', error, undefined, () => this.#correct(error));
  }

  /** A handler of an event that was queued before the error may have closed the session: then it does not go on. */
  #correct(error: AvatarSDKError): void {
    if (!error.willRetry || !this.ending) return;
    const isAborted = this.#history.some((entry) => entry.kind === 'state' && entry.reason === 'aborted');
    const reason = isAborted ? 'aborted' : 'closed';
    recordVerdict(error, verdictFor(error, { willRetry: false, reason }));
  }

  /**
   * As `failed`, but the error waits until it is known whether the session goes on: for `waitMs`, unless `verdictReached` is called
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

  /** Emits every error that waited, with this verdict, and then `error`, unless it was one of them. */
  verdictReached(verdict: FailureVerdict, error?: AvatarSDKError): void {
    const waited = this.#undecided?.takeAll() ?? [];
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
      this.#remember({ kind: 'giveUp', atMs, reason: decision.reason, why: decision.why });
      return;
    }
    const { delayMs, source, why } = decision;
    this.delayed({ attempt, delayMs, source, why });
  }

  /** Something waits before it is tried again. */
  delayed(delay: Omit<Extract<HistoryEvent, { kind: 'retry' }>, 'kind' | 'atMs'>): void {
    this.#remember({ kind: 'retry', atMs: this.clock.epochMs(), ...delay });
  }

  /** Audio waits for room that sessions of the process share; `error` says which, and has its verdict. */
  roomAwaited(error: AvatarSDKError, attempt: number): void {
    const delay = { attempt, delayMs: 0, source: 'memory' } as const;
    this.delayed({ ...delay, why: error.message });
    this.notifier.emit('retry', { ...delay, error });
  }

  #remember(entry: HistoryEvent): void {
    this.#happened += 1;
    this.#history = remember(this.#history, entry);
  }
}

/** An error of one request has no reason: what ends the session has an error of its own. */
function verdictFor({ outcome }: AvatarSDKError, verdict: FailureVerdict): FailureVerdict {
  if (outcome === undefined) return verdict;
  const { willRetry } = verdict;
  // What was to be sent again never is.
  return { willRetry, outcome: outcome === 'replayed' && !willRetry ? 'failed' : outcome };
}
