/**
 * Session tokens from the application: calls its provider and makes sure that every outcome (it throws, hangs, returns nonsense) is a
 * token, a TokenProviderError, or the signal's reason. Shows nothing that it returned. The tokens of one provider are for all sessions
 * that use it: every dial makes a fetch of its own until the provider says that its tokens are reusable; from then on dials share the
 * kept token, and the fetch that is in progress.
 */
import { requireLater, requireUnixTime } from '../../core/option/option-check.js';
import { answerMember, hasOwn, withoutPrototype } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import { outlivesDial, TokenProviderError } from '../../ports/token-source.js';
import type { SessionToken, TokenReason, TokenSource } from '../../ports/token-source.js';
import { readTokenText } from './http-token-source.js';
import { createSystemClock } from '../node/system-clock.js';

interface AnsweredToken {
  readonly token: SessionToken;
  /** Whether the provider says that the service accepts the token more than once. */
  readonly reusable: boolean;
}

/** The request of one dial. */
export interface ProviderCall {
  readonly reason: TokenReason;
  /** The token that must not be returned again, if `reason` is `refused`; not passed to the provider. */
  readonly refusedToken?: string | undefined;
  readonly signal: AbortSignal | LazySignal;
}

export type AskForToken = (reason: TokenReason, signal: AbortSignal | LazySignal) => Promise<AnsweredToken>;

/** A fetch that several sessions may wait for. */
class TokenFetch {
  readonly reason: TokenReason;
  readonly #answer: Promise<AnsweredToken>;
  readonly #over: (answer: AnsweredToken | undefined) => void;
  readonly #abort = new AbortController();
  #waiting = 0;

  /**
   * Calls the provider at once.
   *
   * @param over gets the answer before the waiting sessions do; undefined when the request failed or no session waits any more
   */
  constructor(ask: AskForToken, reason: TokenReason, over: (answer: AnsweredToken | undefined) => void) {
    this.reason = reason;
    this.#over = over;
    const { signal } = this.#abort;
    this.#answer = ask(reason, signal).then(
      (answer) => {
        if (!signal.aborted) over(answer);
        return answer;
      },
      (error: unknown) => {
        if (!signal.aborted) over(undefined);
        throw error;
      },
    );
  }

  /** Resolves or rejects as the provider does; rejects with the signal's reason if the signal is aborted before. */
  join(signal: EndSignal): Promise<AnsweredToken> {
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason);
        this.#leave(signal.reason);
      };
      signal.addEventListener('abort', onAbort, ONCE);
      // An answer after the abort is ignored: the promise is settled.
      const settled = (settle: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const failed = (error: Error): void => settled(() => reject(error));
      this.#answer.then((answer) => settled(() => resolve(answer)), failed);
    });
  }

  #leave(reason: unknown): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#over(undefined);
    this.#abort.abort(reason);
  }
}

/** What is known from the latest answer. */
type Knowledge =
  | { readonly kind: 'singleUse' }
  | { readonly kind: 'reusable'; readonly kept: SessionToken | undefined };

class SharedTokens {
  readonly #ask: AskForToken;
  #known: Knowledge = { kind: 'singleUse' };
  /** The fetch that others may join; only while tokens are reusable. */
  #underWay: TokenFetch | undefined;
  #fetches = 0;
  /** Answers to fetches before this one are ignored: a later fetch has been answered, or began with a refusal. */
  #learnsFrom = 0;

  constructor(ask: AskForToken) {
    this.#ask = ask;
  }

  /** Rejects as the provider does, or with the signal's reason; a session that stops waiting does not cancel the fetch of the others. */
  fetchToken(request: ProviderCall, epochMs: number): Promise<SessionToken> {
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    return this.#known.kind === 'singleUse'
      ? this.#fetchForOne(request)
      : this.#fetchShared(request, this.#known, epochMs);
  }

  /** A fetch that no other session waits for. */
  #fetchForOne({ reason, signal }: ProviderCall): Promise<SessionToken> {
    const number = this.#nextNumber(reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, ONCE);
      // An answer after the abort is ignored: the promise is settled.
      this.#ask(reason, signal).then(
        (answer) => {
          signal.removeEventListener('abort', onAbort);
          if (!signal.aborted) this.#learn(answer, number);
          resolve(answer.token);
        },
        (error: Error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      );
    });
  }

  async #fetchShared(
    request: ProviderCall,
    known: Extract<Knowledge, { kind: 'reusable' }>,
    epochMs: number,
  ): Promise<SessionToken> {
    const { reason, signal } = request;
    // Another dial may have fetched a new token since the refused one was returned: the new one has not been refused.
    const isRefused =
      reason === 'refused' && (request.refusedToken ?? known.kept?.token) === known.kept?.token;
    if (isRefused) this.#known = { kind: 'reusable', kept: undefined };
    else if (known.kept !== undefined && outlivesDial(known.kept, epochMs)) {
      return { ...known.kept, reused: true };
    }
    const underWay = this.#underWay;
    // A fetch that did not begin with a refusal may return the refused token again, from the provider's own cache.
    if (underWay === undefined || (reason === 'refused' && underWay.reason !== 'refused')) {
      const own = this.#begin(reason);
      this.#underWay = own;
      return (await own.join(signal)).token;
    }
    const { token, reusable } = await underWay.join(signal);
    // The token turned out to be single-use: the session that began the fetch gets it.
    return reusable ? { ...token, reused: true } : this.fetchToken(request, epochMs);
  }

  #nextNumber(reason: TokenReason): number {
    this.#fetches += 1;
    if (reason === 'refused') this.#learnsFrom = this.#fetches;
    return this.#fetches;
  }

  #begin(reason: TokenReason): TokenFetch {
    const number = this.#nextNumber(reason);
    const fetch: TokenFetch = new TokenFetch(this.#ask, reason, (answer) => {
      if (this.#underWay === fetch) this.#underWay = undefined;
      if (answer !== undefined) this.#learn(answer, number);
    });
    return fetch;
  }

  #learn({ token, reusable }: AnsweredToken, number: number): void {
    if (number < this.#learnsFrom) return;
    this.#learnsFrom = number;
    this.#known = reusable ? { kind: 'reusable', kept: token } : { kind: 'singleUse' };
  }
}

/** The argument of a token provider, which is called once for every dial, unless its tokens are reusable. */
export interface TokenProviderRequest {
  /**
   * Why a token is wanted: `start` for the first connect, `reconnect` for a later dial, `refused` when the service
   * has refused the last one, or it had expired already: do not answer that from a cache.
   */
  readonly reason: TokenReason;
  /**
   * Aborted when the session is closed or the step's `timeoutMs` is over, for the last session that waits; a later
   * answer is ignored.
   */
  readonly signal: AbortSignal;
}

/** A token with what is known about it. */
export interface ProvidedToken {
  /** At most 16 KiB, without control characters; outer white space is cut off. */
  readonly token: string;
  /** When the service stops accepting it: a Date, or Unix **seconds**, in the future. Absent when not known. */
  readonly expiresAt?: Date | number | undefined;
  /**
   * The service accepts it more than once. From this answer on, until one without it, all sessions with the
   * same provider function share tokens: one is used until half a minute before `expiresAt` (without it,
   * until it is refused), and dials at the same time wait for one call.
   *
   * @default false
   */
  readonly reusable?: boolean | undefined;
}

/**
 * Mints a session token, usually by asking the application's own backend, which holds the API key. Tokens are single-use
 * unless the answer says `reusable`: return a fresh one each time. May be synchronous. When it throws or rejects, the dial has
 * failed and the policy decides about the next; a session never calls it twice at a time, and never after it is closed.
 */
export type TokenProvider = (
  request: TokenProviderRequest,
) => string | ProvidedToken | Promise<string | ProvidedToken>;

/** One for each provider function, shared by all sessions that were given it. */
const SHARED = new WeakMap<TokenProvider, SharedTokens>();

/** Rejects with TokenProviderError or the signal's reason, nothing else. Never an unhandled rejection. */
export function createProviderTokenSource(
  provider: TokenProvider,
  clock: Pick<Clock, 'epochMs'> = createSystemClock(),
): TokenSource {
  const shared =
    SHARED.get(provider) ?? new SharedTokens((reason, signal) => askProvider(provider, reason, signal));
  SHARED.set(provider, shared);
  return {
    name: 'provider',
    fetchToken: ({ reason, refusedToken, signal }) => {
      const fetched = shared.fetchToken({ reason, refusedToken, signal }, clock.epochMs());
      if (reason !== 'refused') return fetched;
      return fetched.then((token) => {
        refuseExpired(token, clock.epochMs());
        return token;
      });
    },
  };
}

/** Throws if a token requested with `refused` has expired too: its date is wrong, most often because of the wrong unit. */
function refuseExpired({ expiresAtMs }: SessionToken, nowMs: number): void {
  if (expiresAtMs !== undefined) usableTime(() => requireLater('expiresAt', expiresAtMs, nowMs));
}

/** The argument of the provider. Many providers use no signal, so one that has to be made is made when it is first read. */
class LazyRequest implements TokenProviderRequest {
  readonly reason: TokenReason;
  declare readonly signal: AbortSignal;
  readonly #signal: LazySignal;

  constructor(reason: TokenReason, signal: LazySignal) {
    this.reason = reason;
    this.#signal = signal;
    // An own property, as in a literal: a copy has it as well.
    Object.defineProperty(this, 'signal', LazyRequest.#read);
  }

  /** Shared, so that all requests have one hidden class. */
  static readonly #read = withoutPrototype<PropertyDescriptor>({
    get(this: LazyRequest) {
      return this.#signal.real;
    },
    enumerable: true,
    configurable: true,
  });
}

async function askProvider(
  provider: TokenProvider,
  reason: TokenReason,
  signal: AbortSignal | LazySignal,
): Promise<AnsweredToken> {
  let answer: unknown;
  try {
    answer = await provider('real' in signal ? new LazyRequest(reason, signal) : { reason, signal });
  } catch (cause) {
    throw new TokenProviderError('the token provider failed', false, { cause });
  }
  try {
    return toAnsweredToken(answer);
  } catch (cause) {
    if (cause instanceof TokenProviderError) throw cause;
    throw unusable('something that can not be read: a property throws', cause);
  }
}

function toAnsweredToken(answer: unknown): AnsweredToken {
  const text = typeof answer === 'string' ? answer : answerMember(answer, 'token');
  if (typeof text !== 'string') throw unusable('no token: return a string, or { token, expiresAt }');
  const read = readTokenText(text);
  if (hasOwn(read, 'problem')) throw unusable(read.problem);
  const { token } = read;
  const expiresAt = answerMember(answer, 'expiresAt');
  const reusable = answerMember(answer, 'reusable');
  if (reusable !== undefined && typeof reusable !== 'boolean')
    throw unusable('a reusable that is neither true nor false');
  const expiry =
    expiresAt === undefined ? {} : { expiresAtMs: usableTime(() => requireUnixTime('expiresAt', expiresAt)) };
  return { token: { token, ...expiry }, reusable: reusable === true };
}

/** Makes an error about a time one of the option, as for `expireAt`: the original is the cause, its text part of the message. */
function usableTime<Checked>(check: () => Checked): Checked {
  try {
    return check();
  } catch (cause) {
    throw unusable(
      `an unusable time: ${cause instanceof Error ? cause.message : 'it can not be read'}`,
      cause,
    );
  }
}

function unusable(what: string, cause?: unknown): TokenProviderError {
  return new TokenProviderError(
    `the token provider returned ${what}`,
    true,
    cause === undefined ? undefined : { cause },
  );
}
