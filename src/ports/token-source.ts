/** Where session tokens come from: the vendor's console, or the application's own provider. */

/**
 * - `start`: the first connect; `reconnect`: any later dial
 * - `refused`: the last token was fetched ahead and the service refused it: do not answer from a cache
 */
export type TokenReason = 'start' | 'reconnect' | 'refused';

export interface TokenRequest {
  readonly reason: TokenReason;
  /** Aborted when the session is closed, or the step's time is over. */
  readonly signal: AbortSignal;
}

export interface SessionToken {
  readonly token: string;
  /** Unix epoch, milliseconds; absent when the source does not know. */
  readonly expiresAtMs?: number;
}

export interface TokenSource {
  readonly name: string;
  /**
   * Rejects with TokenRefused, TokenProviderError, the signal's reason, or the system's own error (with its `code`).
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
