/**
 * The tokens of one provider, for all sessions that use it: every dial makes a fetch of its own until the provider says that its tokens are
 * reusable; from then on dials share the kept token, and the fetch that is in progress. Independent of what a provider returns.
 */
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import { outlivesDial } from '../../ports/token-source.js';
import type { SessionToken, TokenReason } from '../../ports/token-source.js';

export interface AnsweredToken {
  readonly token: SessionToken;
  /** Whether the provider says that the service accepts the token more than once. */
  readonly reusable: boolean;
}

/** The request of one dial. */
export interface ProviderCall {
  readonly reason: TokenReason;
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

export class SharedTokens {
  readonly #ask: AskForToken;
  #known: Knowledge = { kind: 'singleUse' };
  /** The fetch that others may join; only while tokens are reusable. */
  #underWay: TokenFetch | undefined;
  #fetches = 0;
  /** Whether a kept token was refused, and no other has come since. */
  #isRefused = false;
  /** Answers to fetches before this one are ignored: a later fetch has been answered or began with a refusal, or a token was refused. */
  #learnsFrom = 0;

  constructor(ask: AskForToken) {
    this.#ask = ask;
  }

  /** Rejects as the provider does, or with the signal's reason; a session that stops waiting does not cancel the fetch of the others. */
  fetchToken(request: ProviderCall, epochMs: number): Promise<SessionToken> {
    const signal: EndSignal = request.signal;
    if (signal.aborted) return Promise.reject(signal.reason);
    return this.#known.kind === 'singleUse'
      ? this.#fetchForOne(request)
      : this.#fetchShared(request, this.#known, epochMs);
  }

  /** A fetch that no other session waits for. */
  #fetchForOne(request: ProviderCall): Promise<SessionToken> {
    const { reason } = request;
    const signal: EndSignal = request.signal;
    const number = this.#nextNumber(reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, ONCE);
      // An answer after the abort is ignored: the promise is settled.
      const answered = (answer: AnsweredToken): void => {
        signal.removeEventListener('abort', onAbort);
        if (!signal.aborted) this.#learn(answer, number);
        resolve(answer.token);
      };
      const failed = (error: Error): void => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      };
      this.#ask(reason, request.signal).then(answered, failed);
    });
  }

  async #fetchShared(
    request: ProviderCall,
    known: Extract<Knowledge, { kind: 'reusable' }>,
    epochMs: number,
  ): Promise<SessionToken> {
    const { reason, signal } = request;
    // A token that is kept has not been refused: `refused` removes one, and another dial may have fetched a new one since.
    if (known.kept !== undefined && outlivesDial(known.kept, epochMs)) return { ...known.kept, reused: true };
    const underWay = this.#underWay;
    const asked = this.#isRefused ? 'refused' : reason;
    // A fetch that did not begin with a refusal may return the refused token again, from the provider's own cache.
    if (underWay === undefined || (asked === 'refused' && underWay.reason !== 'refused')) {
      const own = this.#begin(asked);
      this.#underWay = own;
      return (await own.join(signal)).token;
    }
    const { token, reusable } = await underWay.join(signal);
    // The token turned out to be single-use: the session that began the fetch gets it.
    return reusable ? { ...token, reused: true } : this.fetchToken(request, epochMs);
  }

  /** Tells that the service has refused this token, whether or not its session asks for another one. */
  refused(token: string): void {
    if (this.#known.kind !== 'reusable' || this.#known.kept?.token !== token) return;
    this.#known = { kind: 'reusable', kept: undefined };
    this.#isRefused = true;
    this.#learnsFrom = this.#fetches + 1;
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
    this.#isRefused = false;
    this.#known = reusable ? { kind: 'reusable', kept: token } : { kind: 'singleUse' };
  }
}
