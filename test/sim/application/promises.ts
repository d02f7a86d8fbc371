/**
 * The promises that sessions have returned to the application. Each is recorded when it is returned and when
 * it settles, with its deadline.
 */
import type { Chronicle } from '../world/chronicle.js';
import type { WorldTime } from '../world/world-time.js';

export interface OpenPromise {
  readonly id: string;
  readonly session: number;
  readonly number: number;
  /** Stalls of the client's process are added to this time. */
  dueMs: number;
  readonly stalledBeforeMs: number;
}

export class Promises {
  readonly open = new Map<string, OpenPromise>();
  readonly #time: WorldTime;
  readonly #chronicle: Chronicle;
  #given = 0;
  /** Sessions that are over and have not been restarted. */
  readonly #over = new Set<number>();
  /**
   * The latest promise of a life that is ending, for sessions that were restarted before that life was over.
   */
  readonly #lastOfLife = new Map<number, number>();

  constructor(time: WorldTime, chronicle: Chronicle) {
    this.#time = time;
    this.#chronicle = chronicle;
  }

  /**
   * @param boundMs Infinity for a promise that depends on the application itself, until its session is over
   */
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

  /** All unsettled promises of the session are due within `boundMs`. */
  hurry(session: number, boundMs: number, lastOne = Infinity): void {
    const dueMs = this.#time.nowMs + boundMs;
    for (const promise of this.open.values()) {
      const isConcerned = promise.session === session && promise.number <= lastOne;
      if (isConcerned) promise.dueMs = Math.min(promise.dueMs, dueMs);
    }
  }

  /**
   * The session was asked to restart when its current life is over. Promises that it returns from now on
   * belong to the next life.
   */
  nextLife(session: number): void {
    if (this.#over.delete(session) || this.#lastOfLife.has(session)) return;
    this.#lastOfLife.set(session, this.#given);
  }

  /** A life of the session has ended. */
  lifeOver(session: number): void {
    this.hurry(session, 0, this.#lastOfLife.get(session));
    if (!this.#lastOfLife.delete(session)) this.#over.add(session);
  }
}
