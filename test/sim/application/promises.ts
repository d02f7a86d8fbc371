/**
 * The promises that sessions have given to the application: each is written down when it is given and when it settles, with
 * the time by which it has to.
 */
import type { Chronicle } from '../world/chronicle.js';
import type { WorldTime } from '../world/world-time.js';

export interface OpenPromise {
  readonly id: string;
  readonly session: number;
  /** Stalls of the client's process come on top. */
  dueMs: number;
  readonly stalledBeforeMs: number;
}

export class Promises {
  readonly open = new Map<string, OpenPromise>();
  readonly #time: WorldTime;
  readonly #chronicle: Chronicle;
  #given = 0;

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
    const promise = { id, session, dueMs: nowMs + boundMs, stalledBeforeMs: stalledMs };
    this.open.set(id, promise);
    const told = (): void => void this.open.delete(id);
    call().then(
      (value) => {
        told();
        settled.resolved?.(value);
        this.#chronicle.add({ kind: 'settled', session, id, outcome: { how: 'resolved', value } });
      },
      (error: unknown) => {
        told();
        settled.rejected?.(error);
        this.#chronicle.add({ kind: 'settled', session, id, outcome: { how: 'rejected', error } });
      },
    );
    return promise;
  }

  /** Whatever the session still owes is due within `boundMs`. */
  hurry(session: number, boundMs: number): void {
    const dueMs = this.#time.nowMs + boundMs;
    for (const promise of this.open.values()) {
      if (promise.session === session) promise.dueMs = Math.min(promise.dueMs, dueMs);
    }
  }
}
