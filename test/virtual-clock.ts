/**
 * A clock whose time moves only when a test advances it. Timers fire in the order of their times. Before and
 * after each timer, everything that needs no time (promises, stream ticks) runs to its end. Independent of
 * the code that is timed.
 */
import type { Clock, Timer } from '../src/ports/clock.js';

interface PendingTimer {
  readonly dueAtMs: number;
  readonly callback: () => void;
}

/**
 * The limit of timers that fire at the same moment. Timers that schedule each other without a delay would
 * otherwise never let the test end.
 */
const MOST_TIMERS_AT_A_MOMENT = 100_000;

const EPOCH_AT_START_MS = Date.UTC(2025, 0, 2, 3, 4, 5);

export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<PendingTimer>();
  #turns: (() => void)[] = [];
  #input: (() => void)[] = [];
  /** Timers that were created so far, including cancelled and fired ones. */
  scheduled = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return EPOCH_AT_START_MS + this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer: PendingTimer = { dueAtMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    this.scheduled += 1;
    return { cancel: () => void this.#timers.delete(timer) };
  }

  afterPendingInput(callback: () => void): void {
    this.#turns.push(callback);
  }

  /** Timers that have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /**
   * Queues input that waits in the socket. It is delivered when the event loop turns, before any
   * `afterPendingInput`.
   */
  queueInput(deliver: () => void): void {
    this.#input.push(deliver);
  }

  /**
   * Runs everything that needs no time. The microtask queue is empty before an immediate runs, no matter how
   * many microtasks add others.
   */
  async settle(): Promise<void> {
    await emptyMicrotasks();
    while (this.#input.length > 0 || this.#turns.length > 0) {
      const input = this.#input;
      this.#input = [];
      for (const deliver of input) deliver();
      await emptyMicrotasks();
      const turns = this.#turns;
      this.#turns = [];
      for (const callback of turns) callback();
      await emptyMicrotasks();
    }
  }

  /** Advances the time by `ms`, and stops at every timer in between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    let fired = 0;
    await this.settle();
    for (let next = this.#next(); next !== undefined && next.dueAtMs <= untilMs; next = this.#next()) {
      fired = next.dueAtMs > this.#nowMs ? 0 : fired + 1;
      if (fired > MOST_TIMERS_AT_A_MOMENT)
        throw new Error(`timers without a delay fire without an end at ${this.#nowMs} ms`);
      this.#nowMs = Math.max(this.#nowMs, next.dueAtMs);
      this.#fire(next);
      await this.settle();
    }
    this.#nowMs = untilMs;
  }

  /**
   * Blocks the event loop for `ms`: timers that became due meanwhile fire late, once, before `arrived` is
   * read.
   */
  async stall(ms: number, arrived?: () => void): Promise<void> {
    await this.settle();
    this.#nowMs += ms;
    if (arrived !== undefined) this.queueInput(arrived);
    const late = [...this.#timers].filter((timer) => timer.dueAtMs <= this.#nowMs);
    for (const timer of late.sort((one, other) => one.dueAtMs - other.dueAtMs)) {
      if (this.#timers.has(timer)) this.#fire(timer);
    }
    await this.settle();
  }

  /** Advances the time until `done` returns true, by at most `withinMs`. Throws if this does not happen. */
  async until(done: () => boolean, withinMs = 600_000): Promise<void> {
    const lastMs = this.#nowMs + withinMs;
    await this.settle();
    while (!done()) {
      const next = this.#next();
      if (next === undefined || next.dueAtMs > lastMs) {
        throw new Error(`the awaited condition was not met within ${withinMs} virtual ms`);
      }
      await this.advance(Math.max(0, next.dueAtMs - this.#nowMs));
    }
  }

  #next(): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueAtMs < next.dueAtMs) next = timer;
    return next;
  }

  #fire(timer: PendingTimer): void {
    this.#timers.delete(timer);
    timer.callback();
  }
}

function emptyMicrotasks(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
