/**
 * The promises that sessions have given to the application: each is recorded when it is returned and when it
 * settles, with its deadline.
 */
import type { Chronicle } from '../world/chronicle.js';
import type { WorldTime } from '../world/world-time.js';

export interface OpenPromise {
  readonly id: string;
  readonly session: number;
  readonly number: number;
  /** Stalls of the client's process come on top. */
  dueMs: number;
  readonly stalledBeforeMs: number;
}

export class Promises {
  readonly open = new Map<string, OpenPromise>();
  readonly #time: WorldTime;
  readonly #chronicle: Chronicle;
  #given = 0;
  /** Sessions that are over, and were not asked for another life. */
  readonly #over = new Set<number>();
  /** The latest promise of a life that ends, where the next one has been asked for before it is over. */
  readonly #lastOfLife = new Map<number, number>();

  constructor(time: WorldTime, chronicle: Chronicle) {
    this.#time = time;
    this.#chronicle = chronicle;
  }

  /** `boundMs` may be Infinity for what depends on the application itself, until its session is over. */
  track<T>(
    session: number,
    what: string,
    boundMs: number,
    call: () => Promise<T>,
    settled: { readonly resolved?: (value: T) => void; readonly rejected?: (error: unknown) => void } = {},
  ): OpenPromise {
    this.#given += 1;
    const id = `p${this.#given}`;
    this.#chronicle.add({ kind: 'did', session, what, id });
    const { nowMs, stalledMs } = this.#time;
    const promise = { id, session, number: this.#given, dueMs: nowMs + boundMs, stalledBeforeMs: stalledMs };
    this.open.set(id, promise);
    const emitted = (): void => void this.open.delete(id);
    call().then(
      (value) => {
        emitted();
        settled.resolved?.(value);
        this.#chronicle.add({ kind: 'settled', session, id, outcome: { how: 'resolved', value } });
      },
      (error: unknown) => {
        emitted();
        settled.rejected?.(error);
        this.#chronicle.add({ kind: 'settled', session, id, outcome: { how: 'rejected', error } });
      },
    );
    return promise;
  }

  /** Whatever the session still owes is due within `boundMs`. */
  hurry(session: number, boundMs: number, lastOne = Infinity): void {
    const dueMs = this.#time.nowMs + boundMs;
    for (const promise of this.open.values()) {
      const isConcerned = promise.session === session && promise.number <= lastOne;
      if (isConcerned) promise.dueMs = Math.min(promise.dueMs, dueMs);
    }
  }

  /** The session is asked to begin another life when the one that ends now is over: what it gives from now on belongs to that. */
  nextLife(session: number): void {
    if (this.#over.delete(session) || this.#lastOfLife.has(session)) return;
    this.#lastOfLife.set(session, this.#given);
  }

  /** A life of the session is over. */
  lifeOver(session: number): void {
    this.hurry(session, 0, this.#lastOfLife.get(session));
    if (!this.#lastOfLife.delete(session)) this.#over.add(session);
  }
}
