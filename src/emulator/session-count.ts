/**
 * Sessions as the plans count them: open connections, and for a while those that were lost without a close frame, because a
 * service notices late that a client is gone. Decides nothing.
 */
import type { TimerSet } from './timer-set.js';

export class SessionCount {
  readonly #ghostMs: number;
  readonly #timers: TimerSet;
  readonly #byApp = new Map<string, number>();
  #total = 0;

  constructor(ghostMs: number, timers: TimerSet) {
    this.#ghostMs = ghostMs;
    this.#timers = timers;
  }

  get total(): number {
    return this.#total;
  }

  of(appId: string): number {
    return this.#byApp.get(appId) ?? 0;
  }

  enter(appId: string): void {
    this.#add(appId, 1);
  }

  /** `lost`: without a close frame. */
  leave(appId: string, lost: boolean): void {
    const leave = (): void => this.#add(appId, -1);
    if (lost && this.#ghostMs > 0) this.#timers.after(this.#ghostMs, leave);
    else leave();
  }

  #add(appId: string, change: 1 | -1): void {
    const count = this.of(appId) + change;
    if (count === 0) this.#byApp.delete(appId);
    else this.#byApp.set(appId, count);
    this.#total += change;
  }
}
