/** The source of session tokens: the vendor's console, or the application's own provider. */
import type { LazySignal } from './end-signal.js';

/**
 * - `start`: the first connect; `reconnect`: any later dial
 * - `refused`: the last token was refused, or may have been (a 401 or 403 of an upgrade, also of a gateway), or the last answer had
 *   expired already: do not answer from a cache
 */
export type TokenReason = 'start' | 'reconnect' | 'refused';

export interface TokenRequest {
  readonly reason: TokenReason;
  /** Aborted when the session is closed, or when the time limit of the step is reached. */
  readonly signal: AbortSignal | LazySignal;
}

export interface SessionToken {
  readonly token: string;
  /** Unix epoch, milliseconds; absent if unknown. */
  readonly expiresAtMs?: number;
  /** Whether it was minted for an earlier dial, or for another session. */
  readonly reused?: true;
}

/** A token that expires sooner is not used for a dial, milliseconds: a dial may take three step time-outs. */
export const TOKEN_EXPIRY_MARGIN_MS = 30_000;

/** Whether a kept token is still valid for the time of a dial. */
export function outlivesDial({ expiresAtMs }: SessionToken, epochMs: number): boolean {
  return expiresAtMs === undefined || expiresAtMs - epochMs > TOKEN_EXPIRY_MARGIN_MS;
}

export interface TokenSource {
  readonly name: string;
  /**
   * Rejects with TokenRefused, UnusableToken, UnusableHttpAnswer, TokenProviderError, the signal's reason, or the system's own error
   * (with its `code`). Leaves no socket and no listener on the signal.
   */
  fetchToken(request: TokenRequest): Promise<SessionToken>;
  /** This token was refused: no session gets it from a cache of this source any more. */
  refused(token: string): void;
  /** Whether it was refused to some session since it was fetched; false where sessions share no tokens. */
  wasRefused(token: string): boolean;
}

/**
 * The application's own provider threw, rejected, or returned a value that is no token. The thrown value is the `cause`; the returned
 * value is not shown.
 */
export class TokenProviderError extends Error {
  override readonly name = 'TokenProviderError';
  /** Whether the provider answered with an invalid value, so that another call would not help. */
  readonly unusable: boolean;

  constructor(message: string, unusable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.unusable = unusable;
  }
}

/** The console answered with an invalid token, which is not shown. */
export class UnusableToken extends Error {
  override readonly name = 'UnusableToken';
}

/** The console answered without a token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly httpStatus: number;
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text, at most 1 MiB. */
  readonly body: string;
  /** Whether the status was a success, but the body contained no token. */
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
