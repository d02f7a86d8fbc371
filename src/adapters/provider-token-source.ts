/**
 * Session tokens from the application: calls its provider and makes sure that whatever it does (throws, hangs,
 * returns nonsense) ends as a token, a TokenProviderError, or the signal's reason. Shows nothing it returned.
 */
import {
  TokenProviderError,
  type SessionToken,
  type TokenReason,
  type TokenRequest,
  type TokenSource,
} from '../ports/token-source.js';

/** What a provider is called with, once for every dial. */
export interface TokenProviderRequest {
  /**
   * Why a token is wanted: `start` for the first connect, `reconnect` for a later dial, `refused` when the service
   * has refused the last one: do not answer that from a cache.
   */
  readonly reason: TokenReason;
  /** Aborted when the session is closed or the step's `timeoutMs` is over; a later answer is ignored. */
  readonly signal: AbortSignal;
}

export interface ProvidedToken {
  readonly token: string;
  /** When the service stops accepting it: a Date, or Unix **seconds**. Absent when not known. */
  readonly expiresAt?: Date | number | undefined;
}

/**
 * Mints a session token, usually by asking the application's own backend, which holds the API key. Tokens are
 * single-use: return a fresh one each time. May be synchronous. When it throws or rejects, the dial has failed and the
 * policy decides about the next; it is never called twice at a time, and never after the session is closed.
 */
export type TokenProvider = (
  request: TokenProviderRequest,
) => string | ProvidedToken | Promise<string | ProvidedToken>;

/** Milliseconds taken for seconds would be a date after the year 5000. */
const MAX_UNIX_SECONDS = 100_000_000_000;

/** Rejects with TokenProviderError or the signal's reason, nothing else. Never an unhandled rejection. */
export function createProviderTokenSource(provider: TokenProvider): TokenSource {
  return {
    name: 'provider',
    fetchToken: ({ reason, signal }: TokenRequest) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', onAbort, { once: true });
        // Answers, good or bad, that come after the abort find the promise settled and vanish here.
        void askProvider(provider, { reason, signal })
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', onAbort));
      }),
  };
}

async function askProvider(provider: TokenProvider, request: TokenProviderRequest): Promise<SessionToken> {
  let answer: unknown;
  try {
    answer = await provider(request);
  } catch (cause) {
    throw new TokenProviderError('the token provider failed', false, { cause });
  }
  return toSessionToken(answer);
}

function toSessionToken(answer: unknown): SessionToken {
  const { token, expiresAt } = asRecord(typeof answer === 'string' ? { token: answer } : answer);
  if (typeof token !== 'string') throw unusable('no token: return a string, or { token, expiresAt }');
  if (token.trim() === '') throw unusable('an empty token');
  if (expiresAt === undefined) return { token };
  return { token, expiresAtMs: toEpochMs(expiresAt) };
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
