/**
 * Where a dial gets its session token from. A dial wants a token minted for it; a token that was fetched ahead, or
 * that a provider gives out twice, is marked as stale: when the service refuses it, a fresh one is worth a try.
 */
import type { Clock } from '../ports/clock.js';
import type { SessionToken, TokenReason, TokenSource } from '../ports/token-source.js';

/** A token that expires sooner than this is not worth a dial, milliseconds: a dial may take three step time-outs. */
const EXPIRY_MARGIN_MS = 30_000;

export interface DialToken {
  readonly token: string;
  /** Not minted for this dial, as far as one can tell. */
  readonly stale: boolean;
}

export class TokenStore {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  #ahead: Promise<SessionToken> | undefined;
  #lastToken: string | undefined;

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Fetches a token before it is needed; a second call joins the first. A failure leaves nothing behind. */
  async fetchAhead(signal: AbortSignal): Promise<void> {
    const ahead = (this.#ahead ??= this.#source.fetchToken({ reason: 'start', signal }));
    try {
      await ahead;
    } catch (error) {
      if (this.#ahead === ahead) this.#ahead = undefined;
      throw error;
    }
  }

  /** The token for a dial that begins now. A token fetched ahead is used once, if it still has time to live. */
  async take(reason: TokenReason, signal: AbortSignal): Promise<DialToken> {
    const ahead = await this.#takeAhead();
    if (ahead !== undefined && this.#lives(ahead)) {
      this.#lastToken = ahead.token;
      return { token: ahead.token, stale: true };
    }
    const { token } = await this.#source.fetchToken({ reason, signal });
    const stale = token === this.#lastToken;
    this.#lastToken = token;
    return { token, stale };
  }

  async #takeAhead(): Promise<SessionToken | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    try {
      return await ahead;
    } catch {
      // Its own caller was told; this dial fetches one for itself.
      return undefined;
    }
  }

  #lives(token: SessionToken): boolean {
    return token.expiresAtMs === undefined || token.expiresAtMs - this.#clock.epochMs() > EXPIRY_MARGIN_MS;
  }
}
