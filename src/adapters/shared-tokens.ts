/**
 * The tokens of one provider, for all sessions that were given it. Every dial gets a fetch of its own until the provider says
 * that its tokens are reusable; from then on dials share the kept token, and the fetch that is under way. Knows nothing of
 * what a provider is, and of what the service thinks of a token but that it was refused.
 */
import { outlivesDial } from '../ports/token-source.js';
import type { SessionToken, TokenReason } from '../ports/token-source.js';
import { ONCE } from '../ports/end-signal.js';

export interface AnsweredToken {
  readonly token: SessionToken;
  /** The provider says that the service accepts it more than once. */
  readonly reusable: boolean;
}

/** Goes out to the application: its signal is a real one. */
export interface ProviderCall {
  readonly reason: TokenReason;
  /** The token that is not to come again, where `reason` is `refused`; not for the provider. */
  readonly refusedToken?: string | undefined;
  readonly signal: AbortSignal;
}

export type AskForToken = (call: ProviderCall) => Promise<AnsweredToken>;

export class TokenFetch {
  readonly reason: TokenReason;
  readonly #answer: Promise<AnsweredToken>;
  readonly #over: (answer: AnsweredToken | undefined) => void;
  readonly #abort = new AbortController();
  #waiting = 0;

  /**
   * Asks at once.
   *
   * @param only the signal of the only waiting session, where others can't join
   * @param over gets the answer before the waiting sessions do; undefined when the request failed or no session waits any more
   */
  constructor(
    ask: AskForToken,
    { reason, only }: { readonly reason: TokenReason; readonly only: AbortSignal | undefined },
    over: (answer: AnsweredToken | undefined) => void,
  ) {
    this.reason = reason;
    this.#over = over;
    const signal = only ?? this.#abort.signal;
    this.#answer = ask({ reason, signal }).then(
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

  /** As the provider answers; rejects with the signal's reason when that is aborted before. */
  join(signal: AbortSignal): Promise<AnsweredToken> {
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
        this.#leave(signal.reason);
      };
      signal.addEventListener('abort', onAbort, ONCE);
      // An answer that comes after the abort finds the promise settled and vanishes here.
      void this.#answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  #leave(reason: unknown): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#over(undefined);
    this.#abort.abort(reason);
  }
}

/** What the latest answer said. */
type Knowledge =
  { readonly kind: 'singleUse' } | { readonly kind: 'reusable'; readonly kept: SessionToken | undefined };

export class SharedTokens {
  readonly #ask: AskForToken;
  #known: Knowledge = { kind: 'singleUse' };
  /** The fetch that others may join; only while tokens are reusable. */
  #underWay: TokenFetch | undefined;
  #fetches = 0;
  /** Answers to earlier fetches say nothing any more: a later one has been answered, or began with a refusal. */
  #learnsFrom = 0;

  constructor(ask: AskForToken) {
    this.#ask = ask;
  }

  /** Rejects as the provider does, or with the signal's reason; whoever leaves takes nothing from the others. */
  async fetchToken(request: ProviderCall, epochMs: number): Promise<SessionToken> {
    request.signal.throwIfAborted();
    const { reason, signal } = request;
    const known = this.#known;
    if (known.kind === 'singleUse') return (await this.#begin(reason, signal).join(signal)).token;
    // Another dial may have fetched a new one since the refused one was given out: that one has not been refused.
    const isRefused =
      reason === 'refused' && (request.refusedToken ?? known.kept?.token) === known.kept?.token;
    if (isRefused) this.#known = { kind: 'reusable', kept: undefined };
    else if (known.kept !== undefined && outlivesDial(known.kept, epochMs)) {
      return { ...known.kept, reused: true };
    }
    const underWay = this.#underWay;
    // One that did not begin with a refusal may bring the refused token again, out of the provider's own cache.
    if (underWay === undefined || (reason === 'refused' && underWay.reason !== 'refused')) {
      const own = this.#begin(reason, undefined);
      this.#underWay = own;
      return (await own.join(signal)).token;
    }
    const { token, reusable } = await underWay.join(signal);
    // For single use after all: then it is the token of whoever began the fetch.
    return reusable ? { ...token, reused: true } : this.fetchToken(request, epochMs);
  }

  #begin(reason: TokenReason, only: AbortSignal | undefined): TokenFetch {
    this.#fetches += 1;
    const number = this.#fetches;
    if (reason === 'refused') this.#learnsFrom = number;
    const fetch: TokenFetch = new TokenFetch(this.#ask, { reason, only }, (answer) => {
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
