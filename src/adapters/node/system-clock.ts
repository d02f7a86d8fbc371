/**
 * The process's own clock. Handles two traps of Node's timers: a delay above 2³¹−1 ms fires after 1 ms, and a timer may fire up to a
 * millisecond before its time. However many timers are pending, Node has one of them: a thousand sessions that wait for their next dial
 * cost one entry each in a heap. This file also has the guard of an application's clock, whose answers are checked. Must not know what
 * the time is used for.
 */
import { AsyncResource } from 'node:async_hooks';
import { MAX_TIMER_MS } from '../../core/option/option-check.js';
import { onRejection } from '../../core/option/plain-object.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { REAL_TIME } from './runtime-sources.js';
import type { TimeSource } from './runtime-sources.js';

/** How long a timer may stay set without an entry, milliseconds: longer than the steps of a dial by default. */
const MAX_SPARE_MS = 15_000;

/**
 * A clock on `performance.now`, `Date.now`, `setTimeout` and `setImmediate`, as they were when the package was loaded: replacements of
 * the globals (fake timers) change nothing. Delays are clamped to 0…2³¹−1 ms.
 * A pending timer keeps the process alive. A callback that throws is an uncaught exception, and stops no other timer.
 */
export function createSystemClock(time: TimeSource = REAL_TIME): Clock {
  const pending = new TimerHeap();
  // One timer serves all callbacks. It must neither run in the AsyncLocalStorage context of a caller nor keep such a context in memory.
  const neutral = new AsyncResource('AvatarSessionClock', {
    requireManualDestroy: true,
    // Undefined is the default; an own property hides a member of a polluted Object.prototype.
    triggerAsyncId: undefined,
  });
  let timeout: NodeJS.Timeout | undefined;
  let wakesAtMs = Infinity;
  /** Whether the timer is set though nothing is pending. It keeps neither the process nor an object of a session alive. */
  let isSpare = false;
  let turnIsPlanned = false;

  const disarm = (): void => {
    time.clearTimeout(timeout);
    timeout = undefined;
    wakesAtMs = Infinity;
    isSpare = false;
  };

  /** Nothing is pending. A dial mostly begins soon after another one has ended, so a short timer stays set for the next entry. */
  const spare = (nowMs: number): void => {
    if (typeof timeout?.unref !== 'function' || wakesAtMs - nowMs > MAX_SPARE_MS) {
      disarm();
      return;
    }
    timeout.unref();
    isSpare = true;
  };

  /**
   * A timer that fires too early is set again; only one that would fire too late is replaced. Callbacks that are due now wait for a turn
   * of the loop.
   */
  const arm = (nowMs: number): void => {
    const { first } = pending;
    if (first === undefined) {
      if (!isSpare) spare(nowMs);
      return;
    }
    if (first.dueAtMs <= nowMs) {
      if (!turnIsPlanned) neutral.runInAsyncScope(time.setImmediate, undefined, turn);
      turnIsPlanned = true;
      return;
    }
    if (first.dueAtMs >= wakesAtMs) {
      if (isSpare) timeout?.ref();
      isSpare = false;
      return;
    }
    disarm();
    wakesAtMs = first.dueAtMs;
    const delayMs = Math.min(first.dueAtMs - nowMs, MAX_TIMER_MS);
    timeout = neutral.runInAsyncScope(time.setTimeout, undefined, wake, delayMs);
  };

  const callDue = (): void => {
    const nowMs = time.nowMs();
    // A timer that a callback adds does not belong to this round, even with a delay of 0.
    const nextRound = pending.added;
    try {
      for (;;) {
        const { first } = pending;
        if (first === undefined || first.dueAtMs > nowMs || first.order >= nextRound) break;
        pending.remove(first);
        first.callback();
      }
    } finally {
      arm(time.nowMs());
    }
  };

  const wake = (): void => {
    timeout = undefined;
    wakesAtMs = Infinity;
    isSpare = false;
    callDue();
  };

  /** Node has no timer without a delay: it would take a millisecond, and the process would sleep in between. */
  const turn = (): void => {
    turnIsPlanned = false;
    callDue();
  };

  const schedule = (delayMs: number, callback: () => void): Timer => {
    const waitMs = Math.min(Math.max(delayMs, 0), MAX_TIMER_MS);
    const nowMs = time.nowMs();
    const entry = pending.add(nowMs + waitMs, callback);
    arm(nowMs);
    return {
      cancel: () => {
        pending.remove(entry);
        if (pending.size === 0 && !isSpare) spare(time.nowMs());
      },
    };
  };

  return {
    nowMs: time.nowMs,
    epochMs: time.epochMs,
    schedule,
    // The timers phase is followed by one poll of the sockets and then by the immediates.
    afterPendingInput: (callback) => void time.setImmediate(callback),
  };
}

/**
 * Pending timers in the order of their times; timers with the same time keep the order in which they were added. A binary heap in which
 * every entry has its position, so that a cancelled timer is removed at once and keeps nothing in memory. Reads no clock.
 */
export interface TimerEntry {
  readonly dueAtMs: number;
  readonly callback: () => void;
  readonly order: number;
  /** Its position in the heap; -1 if it is in none. */
  place: number;
}

export class TimerHeap {
  readonly #entries: TimerEntry[] = [];
  #added = 0;

  /** How many entries have been added so far: the `order` of the next one. */
  get added(): number {
    return this.#added;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The entry that is due first; undefined if there is none. */
  get first(): TimerEntry | undefined {
    return this.#entries.at(0);
  }

  add(dueAtMs: number, callback: () => void): TimerEntry {
    const entry = { dueAtMs, callback, order: this.#added++, place: this.#entries.length };
    this.#entries.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** No effect for an entry that is no longer in the heap. */
  remove(entry: TimerEntry): void {
    const { place } = entry;
    if (place < 0) return;
    entry.place = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: TimerEntry): void {
    while (entry.place > 0) {
      const above = this.#entries[(entry.place - 1) >> 1];
      if (above === undefined || !isBefore(entry, above)) return;
      this.#swap(entry, above);
    }
  }

  #sink(entry: TimerEntry): void {
    for (;;) {
      const left = this.#entries[2 * entry.place + 1];
      const right = this.#entries[2 * entry.place + 2];
      const below = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (below === undefined || !isBefore(below, entry)) return;
      this.#swap(entry, below);
    }
  }

  #swap(one: TimerEntry, other: TimerEntry): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(entry: TimerEntry, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}

function isBefore(one: TimerEntry, other: TimerEntry): boolean {
  return one.dueAtMs < other.dueAtMs || (one.dueAtMs === other.dueAtMs && one.order < other.order);
}

/** Guards a clock: its times never go back, and each callback is called once. */
export function guardedClock(clock: Clock): Clock {
  // They return nothing, but those of an application may be asynchronous.
  const afterPendingInput: (callback: () => void) => unknown = (callback) =>
    clock.afterPendingInput(callback);
  const system = createSystemClock();
  let latestMs = -Infinity;
  return {
    nowMs() {
      const nowMs = timeOf(() => clock.nowMs()) ?? (latestMs === -Infinity ? 0 : latestMs);
      latestMs = Math.max(latestMs, nowMs);
      return latestMs;
    },
    epochMs: () => timeOf(() => clock.epochMs()) ?? system.epochMs(),
    schedule(delayMs, callback) {
      const once = onlyOnce(callback);
      try {
        const timer = clock.schedule(delayMs, once);
        onRejection(timer, () => void system.schedule(delayMs, once));
        return guardedTimer(timer, once);
      } catch {
        return guardedTimer(system.schedule(delayMs, once), once);
      }
    },
    afterPendingInput(callback) {
      const once = onlyOnce(callback);
      try {
        onRejection(afterPendingInput(once), () => system.afterPendingInput(once));
      } catch {
        system.afterPendingInput(once);
      }
    },
  };
}

/** The greatest time of a Date. */
const MAX_TIME_MS = 8.64e15;

/** Undefined if it throws, or returns another value. */
function timeOf(read: () => unknown): number | undefined {
  try {
    const value = read();
    onRejection(value, () => undefined);
    return typeof value === 'number' && Math.abs(value) <= MAX_TIME_MS ? value : undefined;
  } catch {
    return undefined;
  }
}

interface OnlyOnce {
  (): void;
  /** Whether it has been called, or must not be called any more. */
  isOver: boolean;
}

function onlyOnce(callback: () => void): OnlyOnce {
  const once: OnlyOnce = Object.assign(
    () => {
      if (once.isOver) return;
      once.isOver = true;
      callback();
    },
    { isOver: false },
  );
  return once;
}

/** A cancelled timer is over also if the clock's own timer can't be cancelled. */
function guardedTimer(timer: Timer, once: OnlyOnce): Timer {
  const cancel: () => unknown = () => timer.cancel();
  return {
    cancel() {
      once.isOver = true;
      try {
        onRejection(cancel(), () => undefined);
      } catch {
        // The clock's timer would call a callback that is over.
      }
    },
  };
}
