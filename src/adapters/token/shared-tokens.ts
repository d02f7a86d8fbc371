/**
 * The tokens of one provider, for all sessions that use it: every dial makes a fetch of its own until the provider says that its tokens are
 * reusable; from then on dials share the kept token, and the fetch that is in progress. Independent of what a provider returns.
 */
import { DeadlinePassed, ONCE } from '../../ports/end-signal.js';
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

/** A session that waits for a fetch. */
interface WaitingSession {
  /** Whether it has waited for this fetch from the beginning of its own time limit. */
  readonly sinceItsBeginning: boolean;
  /** Ends its wait without an answer. */
  readonly moveOn: () => void;
}

/** A fetch that several sessions may wait for. */
class TokenFetch {
  readonly reason: TokenReason;
  readonly #answer: Promise<AnsweredToken>;
  readonly #over: (answer: AnsweredToken | undefined) => void;
  readonly #abort = new AbortController();
  /** Those that wait, the one that has waited longest first. */
  readonly #waiting = new Set<WaitingSession>();

  /**
   * Calls the provider at once.
   *
   * @param over gets the answer before the waiting sessions do; undefined when the request failed or was given up
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

  /**
   * Resolves or rejects as the provider does; rejects with the signal's reason if the signal is aborted before. Undefined if the request
   * was given up because it took longer than the time limit of the session that had waited longest.
   */
  join(signal: EndSignal, sinceItsBeginning: boolean): Promise<AnsweredToken | undefined> {
    return new Promise((resolve, reject) => {
      // An answer after the end of the wait is ignored: the promise is settled.
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(session);
        settle();
      };
      const session: WaitingSession = {
        sinceItsBeginning,
        moveOn: () => end(() => resolve(undefined)),
      };
      const onAbort = (): void => {
        const [longest] = this.#waiting;
        end(() => reject(signal.reason));
        const isLate =
          longest === session && sinceItsBeginning && (signal.reason as unknown) instanceof DeadlinePassed;
        if (isLate || this.#waiting.size === 0) this.#giveUp(signal.reason);
      };
      this.#waiting.add(session);
      signal.addEventListener('abort', onAbort, ONCE);
      const failed = (error: Error): void => end(() => reject(error));
      this.#answer.then((answer) => end(() => resolve(answer)), failed);
    });
  }

  #giveUp(reason: Error): void {
    this.#over(undefined);
    this.#abort.abort(reason);
    for (const { moveOn } of [...this.#waiting]) moveOn();
  }
}

/** What is known from the latest answer. */
type Knowledge =
  | { readonly kind: 'singleUse' }
  | { readonly kind: 'reusable'; readonly kept: SessionToken | undefined };

/** How many refused tokens are known: a provider's own cache, or an answer that was under way, may bring one again. */
const MOST_REFUSED = 16;

export class SharedTokens {
  readonly #ask: AskForToken;
  /** The reusable tokens that the service has refused to any session, the latest last. */
  #refused: readonly string[] = [];
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
    return this.#fetch(request, epochMs, true);
  }

  /** @param sinceItsBeginning whether the time limit of the session begins now */
  #fetch(request: ProviderCall, epochMs: number, sinceItsBeginning: boolean): Promise<SessionToken> {
    const signal: EndSignal = request.signal;
    if (signal.aborted) return Promise.reject(signal.reason);
    return this.#known.kind === 'singleUse'
      ? this.#fetchForOne(request, epochMs)
      : this.#fetchShared(request, this.#known, epochMs, sinceItsBeginning);
  }

  /** Whether the service has refused this token to some session. */
  wasRefused(token: string): boolean {
    return this.#refused.includes(token);
  }

  /** A fetch that no other session waits for. */
  #fetchForOne(request: ProviderCall, epochMs: number): Promise<SessionToken> {
    const { reason } = request;
    const signal: EndSignal = request.signal;
    const number = this.#nextNumber(reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, ONCE);
      const answered = (answer: AnsweredToken): void => {
        // The promise is settled.
        if (signal.aborted) return;
        signal.removeEventListener('abort', onAbort);
        this.#learn(answer, reason, number);
        resolve(this.#isOutdated(answer, reason) ? this.#fetchOther(request, epochMs) : answer.token);
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
    sinceItsBeginning: boolean,
  ): Promise<SessionToken> {
    const { reason, signal } = request;
    // A token that is kept has not been refused: `refused` removes one, and another dial may have fetched a new one since.
    if (known.kept !== undefined && outlivesDial(known.kept, epochMs)) return { ...known.kept, reused: true };
    const asked = this.#isRefused ? 'refused' : reason;
    // A fetch that did not begin with a refusal may return the refused token again, from the provider's own cache.
    const mayJoin = asked !== 'refused' || this.#underWay?.reason === 'refused';
    const joined = mayJoin ? this.#underWay : undefined;
    const fetch = joined ?? (this.#underWay = this.#begin(asked));
    const answer = await fetch.join(signal, sinceItsBeginning);
    if (answer === undefined) return this.#fetch(request, epochMs, false);
    if (this.#isOutdated(answer, fetch.reason)) return this.#fetchOther(request, epochMs);
    if (joined === undefined) return answer.token;
    // The token turned out to be single-use: the session that began the fetch gets it.
    return answer.reusable ? { ...answer.token, reused: true } : this.#fetch(request, epochMs, false);
  }

  /** Whether the service has refused the token since the provider was called. It may answer a refusal with the same token. */
  #isOutdated({ token, reusable }: AnsweredToken, asked: TokenReason): boolean {
    return reusable && asked !== 'refused' && this.wasRefused(token.token);
  }

  #fetchOther({ signal }: ProviderCall, epochMs: number): Promise<SessionToken> {
    return this.#fetch({ reason: 'refused', signal }, epochMs, false);
  }

  /** Tells that the service has refused this token, whether or not its session asks for another one. */
  refused(token: string): void {
    if (this.#known.kind !== 'reusable') return;
    if (!this.wasRefused(token)) this.#refused = [...this.#refused, token].slice(-MOST_REFUSED);
    if (this.#known.kept?.token !== token) return;
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
      if (answer !== undefined) this.#learn(answer, reason, number);
    });
    return fetch;
  }

  #learn(answer: AnsweredToken, asked: TokenReason, number: number): void {
    if (number < this.#learnsFrom) return;
    this.#learnsFrom = number;
    this.#isRefused = this.#isOutdated(answer, asked);
    const kept = this.#isRefused ? undefined : answer.token;
    this.#known = answer.reusable ? { kind: 'reusable', kept } : { kind: 'singleUse' };
  }
}
