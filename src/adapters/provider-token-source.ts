/**
 * Session tokens from the application: calls its provider and makes sure that whatever it does (throws, hangs,
 * returns nonsense) ends as a token, a TokenProviderError, or the signal's reason. Shows nothing it returned.
 */
import { answerMember, hasOwn } from '../core/option/plain-object.js';
import { readUnixTime } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import { abortSignalOf } from '../ports/end-signal.js';
import { TokenProviderError } from '../ports/token-source.js';
import type { SessionToken, TokenReason, TokenSource } from '../ports/token-source.js';
import { readTokenText } from './session-token-text.js';
import { SharedTokens } from './shared-tokens.js';
import type { AnsweredToken } from './shared-tokens.js';
import { createSystemClock } from './system-clock.js';

/** What a provider is called with: once for every dial, unless its tokens are reusable. */
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
  const shared = SHARED.get(provider) ?? new SharedTokens((request) => askProvider(provider, request));
  SHARED.set(provider, shared);
  return {
    name: 'provider',
    fetchToken: async ({ reason, refusedToken, signal }) => {
      const call = { reason, refusedToken, signal: abortSignalOf(signal) };
      const token = await shared.fetchToken(call, clock.epochMs());
      if (reason === 'refused') refuseExpired(token, clock.epochMs());
      return token;
    },
  };
}

/** `refused` asks for a new token. When that one has expired too, the date is wrong: most often it has the wrong unit. */
function refuseExpired({ expiresAtMs }: SessionToken, nowMs: number): void {
  if (expiresAtMs === undefined || expiresAtMs > nowMs) return;
  const cause = new RangeError(`expiresAt must be in the future, got ${expiresAtMs / 1_000} Unix seconds`);
  throw unusable('a token whose expiresAt is in the past, again', cause);
}

async function askProvider(provider: TokenProvider, request: TokenProviderRequest): Promise<AnsweredToken> {
  let answer: unknown;
  try {
    const { reason, signal } = request;
    answer = await provider({ reason, signal });
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
  const expiry = expiresAt === undefined ? {} : { expiresAtMs: toEpochMs(expiresAt) };
  return { token: { token, ...expiry }, reusable: reusable === true };
}

function toEpochMs(expiresAt: unknown): number {
  const time = readUnixTime(expiresAt);
  if ('epochMs' in time) return time.epochMs;
  if (time.problem !== 'milliseconds')
    throw unusable('an expiresAt that is neither a valid Date nor Unix seconds');
  const cause = new RangeError(`expiresAt must be Unix seconds, got milliseconds: ${String(expiresAt)}`);
  throw unusable('an expiresAt in milliseconds: it must be Unix seconds', cause);
}

function unusable(what: string, cause?: unknown): TokenProviderError {
  return new TokenProviderError(
    `the token provider returned ${what}`,
    true,
    cause === undefined ? undefined : { cause },
  );
}
