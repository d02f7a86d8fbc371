/** Timers that end together: after `cancelAll` none of them is left. */
import type { Clock, Timer } from '../../ports/clock.js';

export class TimerSet {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** The clock of the timers, milliseconds since an arbitrary origin; monotonic. */
  get nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Never runs after `cancelAll`; an infinite delay never runs. Returns what cancels this one. */
  after(delayMs: number, run: () => void): () => void {
    if (this.#ended || delayMs === Infinity) return () => undefined;
    const timer = this.#clock.schedule(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  /** Nothing runs any more, and nothing new is accepted. */
  cancelAll(): void {
    this.#ended = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
