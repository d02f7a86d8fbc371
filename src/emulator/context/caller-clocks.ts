/**
 * Clocks for tests: one whose time advances only by calls of the test, and one on the fake timers of a test framework. A service and its
 * sessions run on the same clock. Independent of what is timed.
 */
import { REAL_TIME } from '../../adapters/node/runtime-sources.js';
import { TimerHeap } from '../../adapters/node/system-clock.js';
import { MAX_TIMER_MS, requireNumber, requireOptions } from '../../core/option/option-check.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { Clock, Timer } from '../../ports/clock.js';

/** A clock whose time a test controls. */
export interface VirtualClock extends Clock {
  /** Resolves after this much virtual time; rejects with a RangeError as `advance` does. May be passed as a function. */
  readonly sleep: (ms: number) => Promise<void>;
  /**
   * Advances the time by `ms`, 0 to 2³¹−1, from timer to timer. After each timer all pending promises are settled. Rejects with a
   * TypeError or RangeError for any other value.
   */
  advance(ms: number): Promise<void>;
  /**
   * Advances the time, from timer to timer, until `work` settles, and settles like it. Rejects if `work` takes longer than `withinMs` of
   * virtual time, or if it is pending and no timer is left, and with a TypeError if `work` is no promise. Does not wait for real input,
   * such as a file.
   */
  run<Result>(
    work: Promise<Result>,
    options?: {
      /**
       * The longest time that `work` may take, virtual milliseconds, 0 to 2³¹−1.
       *
       * @default 3_600_000
       */
      readonly withinMs?: number;
    },
  ): Promise<Result>;
}

/** Virtual time begins at this date, so that a test has the same dates in every run. */
const EPOCH_AT_START_MS = Date.UTC(2025, 0, 1);
const DEFAULT_WITHIN_MS = 3_600_000;
const SPAN_MS = { min: 0, max: MAX_TIMER_MS };

/**
 * A clock whose time moves only by `advance` and `run`. It begins at 0 ms, on 1 January 2025. Timers are called in the order of their
 * times, those of one time in the order in which they were made.
 *
 * @example
 * ```ts
 * const clock = createVirtualClock();
 * const emulator = await AvatarEmulator.start({ clock });
 * const session = newAvatarSession(emulator.sessionOptions);
 * await session.start();
 * const { positionMs } = await clock.run(session.speak(audio).finished); // takes no real time
 * ```
 */
export function createVirtualClock(): VirtualClock {
  const timers = new TimerHeap();
  let turns: (() => void)[] = [];
  let timeMs = 0;

  const settle = async (): Promise<void> => {
    await emptyMicrotasks();
    while (turns.length > 0) {
      const due = turns;
      turns = [];
      for (const callback of due) callback();
      await emptyMicrotasks();
    }
  };

  /** Calls the next timer that is due by `untilMs`; returns false if there is none. */
  const step = async (untilMs: number): Promise<boolean> => {
    const { first } = timers;
    if (first === undefined || first.dueAtMs > untilMs) return false;
    timers.remove(first);
    timeMs = Math.max(timeMs, first.dueAtMs);
    first.callback();
    await settle();
    return true;
  };

  const schedule = (delayMs: number, callback: () => void): Timer => {
    // NaN counts as no delay, as for `setTimeout`; it must not become the time.
    const entry = timers.add(timeMs + (delayMs > 0 ? delayMs : 0), callback);
    return { cancel: () => timers.remove(entry) };
  };

  return {
    nowMs: () => timeMs,
    epochMs: () => Math.floor(EPOCH_AT_START_MS + timeMs),
    schedule,
    afterPendingInput: (callback) => void turns.push(callback),
    async sleep(ms) {
      const delayMs = requireNumber('ms', ms, SPAN_MS);
      return new Promise((resolve) => void schedule(delayMs, resolve));
    },
    async advance(ms) {
      const untilMs = timeMs + requireNumber('ms', ms, SPAN_MS);
      await settle();
      while (await step(untilMs));
      timeMs = Math.max(timeMs, untilMs);
    },
    async run(work, options = {}) {
      if (!isThenable(work)) throw new TypeError(`work must be a promise, got ${kindOf(work)}`);
      const { withinMs = DEFAULT_WITHIN_MS } = requireOptions('', options, ['withinMs']);
      const limitMs = requireNumber('withinMs', withinMs, SPAN_MS);
      const untilMs = timeMs + limitMs;
      const end = { isReached: false };
      const settled = (): void => void (end.isReached = true);
      work.then(settled, settled);
      await settle();
      while (!end.isReached && (await step(untilMs)));
      if (end.isReached) return work;
      throw new Error(
        timers.size > 0
          ? `it took longer than ${limitMs} ms of virtual time`
          : `the promise can't settle: no timer is pending after ${timeMs} ms of virtual time`,
      );
    },
  };
}

function isThenable(work: unknown): boolean {
  return typeof (work as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** Resolves when no promise job and no tick is pending: an immediate runs only after all of them. */
function emptyMicrotasks(): Promise<void> {
  return new Promise((resolve) => void REAL_TIME.setImmediate(resolve));
}

/**
 * A clock on the current global `setTimeout` and `Date`, read at each call. With the fake timers of a test framework it has their time;
 * turn them on first, and let them fake `Date` as well. Advance them by functions that let promises run, such as vitest's
 * `advanceTimersByTimeAsync`.
 *
 * @example
 * ```ts
 * import { vi } from 'vitest';
 *
 * vi.useFakeTimers();
 * const emulator = await AvatarEmulator.start({ clock: createFakeTimersClock() });
 * const session = newAvatarSession(emulator.sessionOptions);
 * await session.start();
 * const said = session.speak(audio).finished;
 * await vi.advanceTimersByTimeAsync(1_000);
 * ```
 */
export function createFakeTimersClock(): Clock {
  // A faked `performance.now` is an own property. A date that a test sets must not change the time of the timers.
  const measures = Object.hasOwn(globalThis.performance, 'now');
  if (globalThis.setTimeout === REAL_TIME.setTimeout)
    throw new Error(
      'turn the fake timers on before createFakeTimersClock(), with vi.useFakeTimers() for instance: setTimeout is that of the runtime',
    );
  if (!measures && Date.now === REAL_TIME.epochMs)
    throw new Error(
      'the fake timers have to fake Date, too: createFakeTimersClock() would have real time between fake timers',
    );
  return {
    nowMs: () => (measures ? globalThis.performance.now() : Date.now()),
    epochMs: () => Date.now(),
    schedule(delayMs, callback) {
      const timer = globalThis.setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
      return { cancel: () => globalThis.clearTimeout(timer) };
    },
    afterPendingInput: (callback) => void REAL_TIME.setImmediate(callback),
  };
}
