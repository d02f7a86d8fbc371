/// <reference types="node" preserve="true" />
/**
 * Lends sessions to callers in turn: at most `size` are open at once, and a session that has ended is replaced.
 */
import { newAvatarSession } from '../client/avatar-session.js';
import type { AvatarSession } from '../client/avatar-session.js';
import type { AvatarSessionOptions } from '../client/options/session-options.js';
import { checkClose, checkSignalOption } from '../client/session-calls.js';
import type { CloseOptions } from '../client/session-interfaces.js';
import { onAbort } from '../client/waiting/deadline.js';
import { asError, Deferred, handledRejection } from '../client/waiting/deferred.js';
import { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { LOCAL_PROBLEMS } from '../core/failure/local-problem.js';
import { requireOptions } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import { FreeSessions } from './free-sessions.js';
import { checkPoolOptions } from './pool-options.js';
import type { AcquireOptions, CheckedPoolOptions, PoolCounts, SessionPoolOptions } from './pool-options.js';
import { SpareStarts } from './spare-starts.js';

export type { AcquireOptions, PoolCounts, SessionPoolOptions } from './pool-options.js';

/** A caller of `acquire` that has no session yet. */
interface Waiter {
  readonly result: Deferred<AvatarSession>;
  /** Removes the listener of its signal. */
  readonly detach: () => void;
}

/**
 * Lends each session to one caller at a time. A session is started before it is lent, and reconnects by its own
 * policy. When it ends, the caller gets its events, and the pool makes another session for the next caller.
 *
 * @example
 * ```ts
 * const pool = new SessionPool({ size: 5, session: () => options });
 * ```
 */
export class SessionPool {
  readonly #options: CheckedPoolOptions;
  readonly #clock: Clock;
  /** Every session that is not closed yet, with a promise that is resolved when it is. */
  readonly #open = new Map<AvatarSession, Deferred<void>>();
  readonly #lent = new Set<AvatarSession>();
  readonly #free: FreeSessions;
  readonly #waiting: Waiter[] = [];
  /** Sessions whose options are awaited, so that they do not exist yet. */
  #making = 0;
  /** Sessions that connect for the first time, and those that do not exist yet. */
  #starting = 0;
  readonly #spares: SpareStarts;
  #isClosed = false;

  /** @throws TypeError or RangeError for a wrong option */
  constructor(options: SessionPoolOptions) {
    this.#options = checkPoolOptions(options);
    const { clock, random, onError, warm, maxIdleMs } = this.#options;
    this.#clock = clock;
    this.#free = new FreeSessions(clock, warm, maxIdleMs);
    this.#spares = new SpareStarts(clock, random, onError, () => this.#fill());
    this.#fill();
  }

  /** The numbers of sessions and waiting callers. */
  get counts(): PoolCounts {
    return {
      open: this.#places,
      starting: this.#starting,
      free: this.#free.size,
      lent: this.#lent.size,
      waiting: this.#waiting.length,
    };
  }

  /**
   * Lends a started session that no other caller uses; give it back with `release`. Callers get one in the order of their calls.
   *
   * Rejects with the AvatarSDKError of a start that was made for the caller, with an error of the function `session`, with the reason of
   * an aborted signal, and with an AvatarSDKError `connectionClosed` after `close`. The wait for a free session has no limit of its own:
   * give it `AbortSignal.timeout(…)`.
   *
   * @example
   * ```ts
   * const session = await pool.acquire({ signal: AbortSignal.timeout(10_000) });
   * try {
   *   await session.speak(audio).finished;
   * } finally {
   *   pool.release(session);
   * }
   * ```
   */
  acquire(options?: AcquireOptions): Promise<AvatarSession> {
    try {
      const signal = checkSignalOption(options);
      if (this.#isClosed) throw poolClosed();
      signal?.throwIfAborted();
      return this.#lend(signal);
    } catch (error) {
      return handledRejection(error);
    }
  }

  /**
   * Takes a session back. Its unfinished utterances are interrupted, a pause ends, and all listeners that `on` and `once` added are
   * removed: use neither the session nor its utterances afterwards. A session that has ended is not lent again. Closes nothing.
   * @throws TypeError for a session that this pool has not lent, or that was released before
   */
  release(session: AvatarSession): void {
    if (!this.#lent.delete(session))
      throw new TypeError(
        'session must be one that acquire() of this pool gave, and that was not released yet',
      );
    session.removeAllListeners();
    void session.interrupt();
    void session.resume();
    // A session that its caller is closing with a drain ends now, because its utterances were interrupted.
    this.#clock.afterPendingInput(() => this.#offer(session));
  }

  /**
   * Calls `work` with a session, and releases it afterwards. Resolves with the result of `work`; rejects as `acquire` and `work` do.
   *
   * @example
   * ```ts
   * const result = await pool.use((session) => session.speak(audio).finished);
   * ```
   */
  async use<Result>(
    work: (session: AvatarSession) => Promise<Result> | Result,
    options?: AcquireOptions,
  ): Promise<Result> {
    const session = await this.acquire(options);
    try {
      return await work(session);
    } finally {
      this.release(session);
    }
  }

  /**
   * Ends the pool: no caller gets a session any more, waiting callers are refused, and all sessions are closed; with `drain` lent
   * sessions after their unfinished utterances. Resolves when no session is left. A call without `drain` ends an earlier drain.
   */
  close(options?: CloseOptions): Promise<void> {
    try {
      checkClose(options);
      this.#isClosed = true;
      this.#spares.stop();
      this.#free.stop();
      for (const waiter of this.#waiting.splice(0)) refuse(waiter, poolClosed());
      const closed = [...this.#open.values()].map(({ promise }) => promise);
      for (const session of this.#open.keys())
        void session.close(this.#lent.has(session) ? options : undefined);
      return Promise.all(closed).then(() => undefined);
    } catch (error) {
      return handledRejection(error);
    }
  }

  /** Like `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #places(): number {
    return this.#open.size + this.#making;
  }

  #lend(signal: AbortSignal | undefined): Promise<AvatarSession> {
    const free = this.#free.take();
    if (free !== undefined) {
      this.#lent.add(free);
      this.#fill();
      return Promise.resolve(free);
    }
    const result = new Deferred<AvatarSession>();
    const detach = signal === undefined ? () => undefined : onAbort(signal, () => leave(signal));
    const waiter: Waiter = { result, detach };
    const leave = ({ reason }: AbortSignal): void => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      refuse(waiter, asError(reason));
    };
    this.#waiting.push(waiter);
    this.#fill();
    return result.promise;
  }

  /** Gives a session to the caller that has waited longest, or keeps it. */
  #offer(session: AvatarSession): void {
    if (session.state === 'closing' || session.state === 'closed') return;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#free.add(session);
      return;
    }
    this.#lent.add(session);
    waiter.detach();
    waiter.result.resolve(session);
  }

  /** Makes sessions for waiting callers, and the warm ones, up to the limit. */
  #fill(): void {
    const { size, warm } = this.#options;
    const spares = this.#spares.allowed ? warm : 0;
    while (
      !this.#isClosed &&
      this.#places < size &&
      this.#free.size + this.#starting < this.#waiting.length + spares
    )
      void this.#start();
  }

  async #start(): Promise<void> {
    this.#starting += 1;
    try {
      const session = await this.#make();
      await session.start();
      this.#starting -= 1;
      this.#spares.succeeded();
      this.#offer(session);
    } catch (error) {
      this.#starting -= 1;
      this.#startFailed(asError(error));
    }
    this.#fill();
  }

  async #make(): Promise<AvatarSession> {
    this.#making += 1;
    try {
      const given: unknown = await this.#options.session();
      if (this.#isClosed) throw poolClosed();
      const own = requireOptions('session()', given) as unknown as AvatarSessionOptions;
      const onClose: AvatarSessionOptions['onClose'] = (info) => {
        this.#ended(session);
        return own.onClose?.(info);
      };
      const session = newAvatarSession({ coordinator: this.#options.coordinator, ...own, onClose });
      this.#open.set(session, new Deferred());
      return session;
    } finally {
      this.#making -= 1;
    }
  }

  /** The caller that has waited longest gets the error, unless the other starts are enough for the waiting callers. */
  #startFailed(error: Error): void {
    if (this.#isClosed) return;
    const waiter = this.#waiting.length > this.#starting ? this.#waiting.shift() : undefined;
    if (waiter === undefined) this.#spares.failed(error);
    else refuse(waiter, error);
  }

  /** A session is over. Its place is free when its connection is closed. */
  #ended(session: AvatarSession): void {
    this.#free.remove(session);
    void session.close().then(() => {
      this.#open.get(session)?.resolve();
      this.#open.delete(session);
      this.#fill();
    });
  }
}

function refuse({ result, detach }: Waiter, error: Error): void {
  detach();
  result.reject(error);
}

function poolClosed(): AvatarSDKError {
  return new AvatarSDKError({
    code: 'connectionClosed',
    phase: 'session_token',
    step: 'request',
    message: 'the pool of sessions has been closed',
    remediation: LOCAL_PROBLEMS.poolClosed.remediation,
  });
}

/**
 * Makes a pool of sessions, for a process that serves many callers under the limit of a plan. Nothing is opened before the first
 * `acquire`, unless `warm` asks for it.
 *
 * @throws TypeError or RangeError for a wrong option
 *
 * @example
 * ```ts
 * const pool = createSessionPool({
 *   size: 5,
 *   warm: 1,
 *   session: () => ({ apiKey, appId, avatarId, region: 'us-west' }),
 * });
 * await pool.use((session) => session.speak(audio).finished);
 * await pool.close({ drain: true });
 * ```
 */
export function createSessionPool(options: SessionPoolOptions): SessionPool {
  return new SessionPool(options);
}
