/**
 * The account's credit as session time. All running sessions draw on it at once; when it is used up every one of them is
 * told. Time is that of the timers.
 */
import type { TimerSet } from './timer-set.js';

export class CreditMeter {
  readonly #timers: TimerSet;
  readonly #running = new Set<() => void>();
  #remainingMs: number;
  #countedAtMs: number;
  #cancelTimer = (): void => undefined;

  constructor(creditMs: number, timers: TimerSet) {
    this.#remainingMs = creditMs;
    this.#timers = timers;
    this.#countedAtMs = timers.nowMs;
  }

  get exhausted(): boolean {
    this.#count();
    return this.#remainingMs <= 0;
  }

  /** Begins to bill a session; `onExhausted` is called once, if it comes to that. Returns what ends the billing. */
  bill(onExhausted: () => void): () => void {
    this.#count();
    this.#running.add(onExhausted);
    this.#watch();
    return () => {
      this.#count();
      if (this.#running.delete(onExhausted)) this.#watch();
    };
  }

  #count(): void {
    const { nowMs } = this.#timers;
    this.#remainingMs -= (nowMs - this.#countedAtMs) * this.#running.size;
    this.#countedAtMs = nowMs;
  }

  #watch(): void {
    this.#cancelTimer();
    if (this.#remainingMs === Infinity || this.#running.size === 0) return;
    const dueInMs = Math.max(0, Math.ceil(this.#remainingMs / this.#running.size));
    this.#cancelTimer = this.#timers.after(Math.min(dueInMs, 2_147_483_647), () => this.#check());
  }

  #check(): void {
    if (!this.exhausted) {
      this.#watch();
      return;
    }
    const running = [...this.#running];
    this.#running.clear();
    for (const onExhausted of running) onExhausted();
  }
}
