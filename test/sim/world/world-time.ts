/**
 * The time of one simulated world, which has two sides: the client's process, and everything else. A stall
 * stops only the client's event loop. Events that become due during a stall run after it, in the order of
 * Node's event loop: timers, input, then immediates. The client's wall clock can jump; its monotonic clock
 * can't.
 */
import type { Clock, Timer } from '../../../src/ports/clock.js';
import { EventHeap } from './event-heap.js';
import type { Happening } from './event-heap.js';

/**
 * The phases of the client's event loop, in order. `outside`: everything that is not in the client's process.
 */
export type Phase = 'outside' | 'timer' | 'input' | 'turn';

const RANKS: Readonly<Record<Phase, number>> = { outside: 0, timer: 1, input: 2, turn: 3 };
const EPOCH_AT_START_MS = Date.UTC(2025, 0, 2, 3, 4, 5);

interface Planned extends Happening {
  readonly phase: Phase;
  readonly handle: Handle;
}

/** A planned event that has neither happened nor been cancelled. */
class Handle implements Timer {
  state: 'pending' | 'over' = 'pending';
  readonly #onOver: () => void;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  cancel(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.#onOver();
  }
}

export class WorldTime {
  nowMs = 0;
  /** The total time for which the client's event loop was blocked. */
  stalledMs = 0;
  readonly #stalls: { readonly fromMs: number; readonly untilMs: number }[] = [];
  readonly #heap = new EventHeap<Planned>();
  #stalledUntilMs = 0;
  #dateOffByMs = 0;
  /** Timers of the session's clock that have neither fired nor been cancelled. */
  clientTimers = 0;
  /** The number of all future events, including cancelled ones. */
  #pending = 0;

  /** The clock of the client's process. */
  readonly client: Clock = {
    nowMs: () => this.nowMs,
    epochMs: () => Math.floor(EPOCH_AT_START_MS + this.nowMs + this.#dateOffByMs),
    schedule: (delayMs, callback) => {
      this.clientTimers += 1;
      return this.#plan('timer', delayMs, callback, () => (this.clientTimers -= 1));
    },
    afterPendingInput: (callback) => void this.plan('turn', 0, callback),
  };

  /** The clock of the service. Its date is right. */
  readonly service: Clock = {
    nowMs: () => this.nowMs,
    epochMs: () => Math.floor(EPOCH_AT_START_MS + this.nowMs),
    schedule: (delayMs, callback) => this.plan('outside', delayMs, callback),
    afterPendingInput: (callback) => void this.plan('outside', 0, callback),
  };

  /** Whether no future event is left. */
  get isOver(): boolean {
    return this.#pending === 0;
  }

  plan(phase: Phase, delayMs: number, run: () => void): Timer {
    return this.#plan(phase, delayMs, run, () => undefined);
  }

  stall(durationMs: number): void {
    // A stall that begins during another one is counted from the end of that one.
    const fromMs = Math.max(this.#stalledUntilMs, this.nowMs);
    const untilMs = Math.max(this.#stalledUntilMs, this.nowMs + durationMs);
    this.stalledMs += untilMs - fromMs;
    this.#stalls.push({ fromMs, untilMs });
    this.#stalledUntilMs = untilMs;
  }

  /** The time from `atMs` to now in which the client's event loop was not blocked. */
  awakeSinceMs(atMs: number): number {
    const stalledMs = this.#stalls.map(({ fromMs, untilMs }) =>
      Math.max(0, Math.min(untilMs, this.nowMs) - Math.max(fromMs, atMs)),
    );
    return this.nowMs - atMs - stalledMs.reduce((sum, ms) => sum + ms, 0);
  }

  jumpDate(byMs: number): void {
    this.#dateOffByMs += byMs;
  }

  /** Runs the next event. Returns false if no event is left, or none up to `untilMs`. */
  step(untilMs: number): boolean {
    for (;;) {
      const next = this.#heap.peek();
      if (next === undefined || next.dueMs > untilMs) return false;
      this.#heap.take();
      const { handle, phase, run } = next;
      if (handle.state === 'over') continue;
      if (phase !== 'outside' && next.dueMs < this.#stalledUntilMs) {
        this.#heap.add({ ...next, dueMs: this.#stalledUntilMs });
        continue;
      }
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      handle.cancel();
      run();
      return true;
    }
  }

  #plan(phase: Phase, delayMs: number, run: () => void, onOver: () => void): Timer {
    this.#pending += 1;
    const handle = new Handle(() => {
      this.#pending -= 1;
      onOver();
    });
    this.#heap.add({
      dueMs: this.nowMs + Math.max(0, delayMs),
      rank: RANKS[phase],
      phase,
      run,
      handle,
    });
    return handle;
  }
}
