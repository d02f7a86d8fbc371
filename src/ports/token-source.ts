/** Where session tokens come from: the vendor's console, or the application's own provider. */
import type { LazySignal } from './end-signal.js';

/**
 * - `start`: the first connect; `reconnect`: any later dial
 * - `refused`: the service has refused the last token, which had been fetched ahead or shared, or the last answer had
 *   expired already: do not answer from a cache
 */
export type TokenReason = 'start' | 'reconnect' | 'refused';

export interface TokenRequest {
  readonly reason: TokenReason;
  /** The token that is not to come again, where `reason` is `refused`. */
  readonly refusedToken?: string | undefined;
  /** Aborted when the session is closed, or the step's time is over. */
  readonly signal: AbortSignal | LazySignal;
}

export interface SessionToken {
  readonly token: string;
  /** Unix epoch, milliseconds; absent when the source does not know. */
  readonly expiresAtMs?: number;
  /** Minted for an earlier dial, or for another session's. */
  readonly reused?: true;
}

/** A token that expires sooner than this is not worth a dial, milliseconds: a dial may take three step time-outs. */
export const TOKEN_EXPIRY_MARGIN_MS = 30_000;

/** Whether a token that has waited still has time for a dial. */
export function outlivesDial({ expiresAtMs }: SessionToken, epochMs: number): boolean {
  return expiresAtMs === undefined || expiresAtMs - epochMs > TOKEN_EXPIRY_MARGIN_MS;
}

export interface TokenSource {
  readonly name: string;
  /**
   * Rejects with TokenRefused, UnusableToken, UnusableHttpAnswer, TokenProviderError, the signal's reason, or the system's own error (with its `code`).
   * Leaves no socket and no listener on the signal behind.
   */
  fetchToken(request: TokenRequest): Promise<SessionToken>;
}

/**
 * The application's own provider threw, rejected, or returned something that is no token. What it threw is the
 * `cause`; nothing it returned is shown.
 */
export class TokenProviderError extends Error {
  override readonly name = 'TokenProviderError';
  /** The provider did answer, but with something that can't be used: asking again would not help. */
  readonly unusable: boolean;

  constructor(message: string, unusable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.unusable = unusable;
  }
}

/** The console answered with a token that can't be used; nothing of it is shown. */
export class UnusableToken extends Error {
  override readonly name = 'UnusableToken';
}

/** The console answered, and not with a token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly httpStatus: number;
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string>>;
  /** As text, at most 1 MiB. */
  readonly body: string;
  /** The status said success, and no token was in the body. */
  readonly tokenMissing: boolean;

  constructor(
    httpStatus: number,
    headers: Readonly<Record<string, string>>,
    body: string,
    tokenMissing: boolean,
  ) {
    super(
      tokenMissing ? 'the answer holds no session token' : `token request refused with HTTP ${httpStatus}`,
    );
    this.httpStatus = httpStatus;
    this.headers = headers;
    this.body = body;
    this.tokenMissing = tokenMissing;
  }
}
