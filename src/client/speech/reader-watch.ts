/**
 * Loops over frames that have to take what waits for them: one timer for all loops of a session, which runs while something waits.
 * The time-out is counted in quarters that passed, so that a stall of the event loop costs a loop one of them. Knows no frames.
 */
import type { Clock, Timer } from '../../ports/clock.js';

const QUARTERS = 4;

export interface WatchedReader {
  /** Whether something waits for the loop; it is watched no longer when nothing does. */
  readonly waits: boolean;
  /** A quarter has passed. */
  quarterPassed(): void;
}

export class ReaderWatch {
  readonly readerTimeoutMs: number;
  readonly #clock: Clock;
  readonly #readers = new Set<WatchedReader>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, readerTimeoutMs: number) {
    this.#clock = clock;
    this.readerTimeoutMs = readerTimeoutMs;
  }

  /** Watches until nothing waits for the reader. */
  add(reader: WatchedReader): void {
    if (this.#stopped) return;
    this.#readers.add(reader);
    this.#arm();
  }

  /** The loop is over: nothing of it is kept until the next quarter. */
  forget(reader: WatchedReader): void {
    this.#readers.delete(reader);
  }

  /** The session is over: no timer is left. What waits stays where it is, for as long as the application keeps the loop. */
  stop(): void {
    this.#stopped = true;
    this.#readers.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer ??= this.#clock.schedule(this.readerTimeoutMs / QUARTERS, () => {
      this.#timer = undefined;
      for (const reader of this.#readers) {
        if (reader.waits) reader.quarterPassed();
        if (!reader.waits) this.#readers.delete(reader);
      }
      if (this.#readers.size > 0) this.#arm();
    });
  }
}
