/**
 * Keeps what happened, up to a bound, and lets a test wait for an entry instead of sleeping. Knows nothing of what the
 * entries mean.
 */
import { createSystemClock } from '../adapters/system-clock.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { LogEntry, LogFact } from './log-entry.js';

interface Waiter {
  readonly predicate: (entry: LogEntry) => boolean;
  readonly resolve: (entry: LogEntry) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

export class EmulatorLog {
  readonly #entries: LogEntry[] = [];
  readonly #maxEntries: number;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #waiters = new Set<Waiter>();
  readonly #readers: ((entry: LogEntry) => void)[] = [];
  #droppedCount = 0;
  #closed = false;

  constructor(maxEntries: number, clock: Clock = createSystemClock()) {
    this.#maxEntries = maxEntries;
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Entries that were dropped, oldest first, to stay within the bound. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  add(fact: LogFact): void {
    const entry: LogEntry = { atMs: this.#clock.nowMs() - this.#startedAtMs, ...fact };
    if (this.#entries.length >= this.#maxEntries) {
      // A tenth at a time: shifting the whole array for every entry would cost more than the entries do.
      this.#droppedCount += this.#entries.splice(0, Math.ceil(this.#maxEntries / 10)).length;
    }
    this.#entries.push(entry);
    for (const read of this.#readers) read(entry);
    for (const waiter of this.#waiters) {
      try {
        if (waiter.predicate(entry)) this.#settle(waiter).resolve(entry);
      } catch (error) {
        this.#settle(waiter).reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Calls `read` with every entry from now on, as it is written; it must not throw. */
  follow(read: (entry: LogEntry) => void): void {
    this.#readers.push(read);
  }

  /** The first entry, kept or still to come, that the predicate accepts. A throwing predicate rejects. */
  async waitFor(predicate: (entry: LogEntry) => boolean, timeoutMs: number): Promise<LogEntry> {
    const found = this.#entries.find(predicate);
    if (found !== undefined) return found;
    if (this.#closed)
      throw new Error('the embedded service is stopped; what was waited for is not in its log');
    return new Promise((resolve, reject) => {
      const timer = this.#clock.schedule(timeoutMs, () =>
        this.#settle(waiter).reject(this.#timeoutError(timeoutMs)),
      );
      const waiter: Waiter = { predicate, resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** Rejects everybody who still waits. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) {
      this.#settle(waiter).reject(new Error('the embedded service was stopped before it happened'));
    }
  }

  #settle(waiter: Waiter): Waiter {
    waiter.timer.cancel();
    this.#waiters.delete(waiter);
    return waiter;
  }

  #timeoutError(timeoutMs: number): Error {
    const last = this.#entries.slice(-5).map((entry) => JSON.stringify(entry));
    return new Error(
      `no matching log entry within ${timeoutMs} ms; ${this.#entries.length} entries, last: ${last.join(' ') || 'none'}`,
    );
  }
}
