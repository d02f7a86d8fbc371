/**
 * Loops over frames that have to take what waits for them: one timer for all loops of a session, which runs while something waits.
 * The time-out is counted in quarters that passed, so that a stall of the event loop costs a loop one of them. Knows no frames.
 */
import type { Clock, Timer } from '../../ports/clock.js';
import type { Frame } from '../events/frame.js';

const QUARTERS = 4;
/** Kept, because fake timers may replace it. */
const nextTick = process.nextTick.bind(process);

export interface WatchedReader {
  /** Whether something waits for the loop; it is watched no longer when nothing does. */
  readonly waits: boolean;
  /** A quarter has passed. */
  quarterPassed(): void;
}

export class ReaderWatch {
  readonly readerTimeoutMs: number;
  /** Loops that have begun, and have not come to their end. */
  loops = 0;
  readonly #clock: Clock;
  readonly #readers = new Set<WatchedReader>();
  #timer: Timer | undefined;
  #stopped = false;
  /** Loops that wait for their turn, and the one that has it; present from the first one on. */
  #turns: (() => void)[] | undefined;

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

  /**
   * Resolves when no other promise is about to run: what the caller decides then is still true when its own loop looks at the result, one
   * microtask later. Loops have their turns one after the other, each with all that its step leads to.
   */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns ??= [];
      if (this.#turns.push(resolve) === 1) this.#nextTurn(this.#turns);
    });
  }

  #nextTurn(turns: (() => void)[]): void {
    nextTick(() => {
      turns[0]?.();
      // Behind the promise of this turn; the tick comes when the loop has made its step. `queueMicrotask` may be a fake one.
      void Promise.resolve().then(() => {
        turns.shift();
        if (turns.length > 0) this.#nextTurn(turns);
      });
    });
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

/** One frame between a loop's `next` and the moment at which the loop looks at the result. */

/** Where the frame comes from. */
interface FrameTaking {
  /** Called once, when a loop looks at the result. */
  mayTake(offered: OfferedFrame): boolean;
}

/**
 * What `next` of a loop over frames resolves with. A promise that is resolved can't be taken back, but its result is read later: that
 * decides whether the loop may still have the frame.
 */
export class OfferedFrame {
  readonly index: number;
  /** Present until a loop has looked. */
  #queue: FrameTaking | undefined;
  #frame: Frame | undefined;

  constructor(frame: Frame, queue: FrameTaking) {
    this.index = frame.index;
    this.#frame = frame;
    this.#queue = queue;
  }

  get done(): boolean {
    return this.#taken() === undefined;
  }

  get value(): Frame | undefined {
    return this.#taken();
  }

  #taken(): Frame | undefined {
    const queue = this.#queue;
    this.#queue = undefined;
    if (queue !== undefined) {
      const frame = this.#frame;
      this.#frame = undefined;
      if (queue.mayTake(this)) this.#frame = frame;
    }
    return this.#frame;
  }
}
