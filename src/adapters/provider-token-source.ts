/**
 * Session tokens from the application: calls its provider and makes sure that whatever it does (throws, hangs,
 * returns nonsense) ends as a token, a TokenProviderError, or the signal's reason. Shows nothing it returned.
 */
import type { Clock } from '../ports/clock.js';
import { abortSignalOf } from '../ports/end-signal.js';
import { TokenProviderError } from '../ports/token-source.js';
import type { TokenReason, TokenSource } from '../ports/token-source.js';
import { SharedTokens } from './shared-tokens.js';
import type { AnsweredToken } from './token-fetch.js';
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

export interface ProvidedToken {
  readonly token: string;
  /** When the service stops accepting it: a Date, or Unix **seconds**. Absent when not known. */
  readonly expiresAt?: Date | number | undefined;
  /**
   * The service accepts it more than once. From this answer on, until one without it, all sessions with the same provider
   * function share tokens: one is used until half a minute before `expiresAt` (without it, until it is refused), and dials
   * at the same time wait for one call. Default false.
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

/** Milliseconds taken for seconds would be a date after the year 5000. */
const MAX_UNIX_SECONDS = 100_000_000_000;

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
    fetchToken: ({ reason, signal }) =>
      shared.fetchToken({ reason, signal: abortSignalOf(signal) }, clock.epochMs()),
  };
}

async function askProvider(provider: TokenProvider, request: TokenProviderRequest): Promise<AnsweredToken> {
  let answer: unknown;
  try {
    answer = await provider(request);
  } catch (cause) {
    throw new TokenProviderError('the token provider failed', false, { cause });
  }
  return toAnsweredToken(answer);
}

function toAnsweredToken(answer: unknown): AnsweredToken {
  const { token, expiresAt, reusable } = asRecord(typeof answer === 'string' ? { token: answer } : answer);
  if (typeof token !== 'string') throw unusable('no token: return a string, or { token, expiresAt }');
  if (token.trim() === '') throw unusable('an empty token');
  if (reusable !== undefined && typeof reusable !== 'boolean')
    throw unusable('a reusable that is neither true nor false');
  const expiry = expiresAt === undefined ? {} : { expiresAtMs: toEpochMs(expiresAt) };
  return { token: { token, ...expiry }, reusable: reusable === true };
}

function toEpochMs(expiresAt: unknown): number {
  const expiresAtMs =
    expiresAt instanceof Date ? expiresAt.getTime() : typeof expiresAt === 'number' ? expiresAt * 1_000 : NaN;
  if (!Number.isFinite(expiresAtMs))
    throw unusable('an expiresAt that is neither a valid Date nor Unix seconds');
  if (expiresAtMs > MAX_UNIX_SECONDS * 1_000)
    throw unusable('an expiresAt in milliseconds: it must be Unix seconds');
  return expiresAtMs;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function unusable(what: string): TokenProviderError {
  return new TokenProviderError(`the token provider returned ${what}`, true);
}
