/**
 * Notices that an audio source gives nothing for too long. The time is counted in parts that passed, so that a stall of the
 * event loop costs one part, and no clock is read per chunk. Knows neither the source nor the utterance.
 */
import type { Clock, Timer } from '../../ports/clock.js';

/** The time is noticed at most one part late. */
const PARTS = 4;

export class StallWatch {
  readonly #clock: Clock;
  readonly #partMs: number;
  readonly #onStalled: () => void;
  #timer: Timer | undefined;
  /** Parts until the source counts as stalled; 0 while nothing is awaited from it. */
  #partsLeft = 0;
  #stopped = false;

  /** `onStalled` is called at most once. */
  constructor(clock: Clock, timeoutMs: number, onStalled: () => void) {
    this.#clock = clock;
    this.#partMs = timeoutMs / PARTS;
    this.#onStalled = onStalled;
  }

  /** From now on something is awaited from the source. */
  waiting(): void {
    if (this.#stopped) return;
    // Of a part that has begun before, it is not known how much is left.
    this.#partsLeft = this.#timer === undefined ? PARTS : PARTS + 1;
    this.#timer ??= this.#schedule();
  }

  /** It has come. */
  gave(): void {
    this.#partsLeft = 0;
  }

  /** Resolves a millisecond later: a source that gives nothing, and at once, would keep the process from its sockets. */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => void this.#clock.schedule(1, resolve));
  }

  /** The source is not read any more. Later calls change nothing. */
  stop(): void {
    this.#stopped = true;
    this.#partsLeft = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): Timer {
    return this.#clock.schedule(this.#partMs, () => this.#partPassed());
  }

  #partPassed(): void {
    this.#timer = undefined;
    if (this.#partsLeft === 0) return;
    this.#partsLeft -= 1;
    if (this.#partsLeft > 0) {
      this.#timer = this.#schedule();
      return;
    }
    this.#partsLeft = 1;
    // A late timer runs before the sockets are read: what the source waits for may have arrived.
    this.#clock.afterPendingInput(() => {
      if (this.#partsLeft !== 1 || this.#timer !== undefined) return;
      this.#partsLeft = 0;
      this.#onStalled();
    });
  }
}
