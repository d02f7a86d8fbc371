/** One call of a token provider, and those who wait for its answer. It is aborted when the last of them has left. */
import { ONCE } from '../ports/end-signal.js';
import type { SessionToken, TokenReason } from '../ports/token-source.js';

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
   * Asks at once; `only` is the signal of the one who waits, where others can't join. `over` is told the answer before those
   * who wait; undefined when there is none, or nobody wants it.
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
