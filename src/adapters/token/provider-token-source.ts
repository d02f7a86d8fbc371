/**
 * Session tokens from the application: calls its provider and makes sure that every outcome (it throws, hangs, returns nonsense) is a
 * token, a TokenProviderError, or the signal's reason. Shows nothing that it returned.
 */
import { requireLater, requireUnixTime } from '../../core/option/option-check.js';
import { answerMember, hasOwn, withoutPrototype } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import type { LazySignal } from '../../ports/end-signal.js';
import { TokenProviderError } from '../../ports/token-source.js';
import type { SessionToken, TokenReason, TokenSource } from '../../ports/token-source.js';
import { readTokenText } from './http-token-source.js';
import { SharedTokens } from './shared-tokens.js';
import type { AnsweredToken } from './shared-tokens.js';
import { createSystemClock } from '../node/system-clock.js';

/** The argument of a token provider, which is called once for every dial, unless its tokens are reusable. */
export interface TokenProviderRequest {
  /**
   * Why a token is wanted: `start` for the first connect, `reconnect` for a later dial, `refused` when the service
   * has refused the last one, or it had expired already: do not answer that from a cache.
   */
  readonly reason: TokenReason;
  /**
   * Aborted when no session waits any more, because each was closed or its step's `timeoutMs` is over, and for
   * reusable tokens when that time is over for the session that has waited longest; a later
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
   * until it is refused), and dials at the same time wait for one call. If it takes longer than the time limit
   * of the dial that has waited longest, its signal is aborted, and the others wait for another one.
   *
   * @default false
   */
  readonly reusable?: boolean | undefined;
}

/**
 * Mints a session token, usually by asking the application's own backend, which holds the API key. Tokens are single-use
 * unless the answer says `reusable`: return a fresh one each time. May be synchronous. When it throws or rejects, the dial has
 * failed and the policy decides about the next. A session calls it again only when the earlier call has settled or its signal is
 * aborted, and never after it is closed.
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
    fetchToken: ({ reason, signal }) => {
      const fetched = shared.fetchToken({ reason, signal }, clock.epochMs());
      if (reason !== 'refused') return fetched;
      return fetched.then((token) => {
        refuseExpired(token, clock.epochMs());
        return token;
      });
    },
    refused: (token) => shared.refused(token),
    wasRefused: (token) => shared.wasRefused(token),
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
