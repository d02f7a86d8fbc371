/** The time-out of a step, and of steps that follow one another. */
import { describe, expect, it } from 'vitest';
import { Deadlines, withDeadline } from '../../../src/client/waiting/deadline.js';
import { DeadlinePassed } from '../../../src/ports/end-signal.js';
import type { EndSignal } from '../../../src/ports/end-signal.js';
import { VirtualClock } from '../../virtual-clock.js';

const untilAborted = (signal: EndSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** A step that rejects when its signal is aborted, unless its answer comes first. */
function answered(): { step: (signal: EndSignal) => Promise<string>; answer: () => void } {
  let answer: () => void = () => undefined;
  const came = new Promise<string>((resolve) => {
    answer = () => resolve('answer');
  });
  return { step: (signal) => Promise.race([came, untilAborted(signal)]), answer: () => answer() };
}

/** An AbortSignal that counts its listeners. */
function countedSignal(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return { controller, listeners: () => listeners };
}

describe('a step with a deadline', () => {
  it('resolves with the result of the step, and leaves no timer and no listener', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    await expect(withDeadline(clock, 100, controller.signal, () => Promise.resolve(7))).resolves.toBe(7);
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });

  it('is aborted at the end of its time, not before', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    let over = false;
    const step = withDeadline(clock, 100, controller.signal, untilAborted);
    const outcome = step.catch((error: unknown) => {
      over = true;
      return error;
    });
    await clock.advance(99);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
    const error = await outcome;
    expect(error).toBeInstanceOf(DeadlinePassed);
    expect(error).toMatchObject({ timeoutMs: 100, message: 'took longer than 100 ms' });
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });

  it('counts the answer that was waiting in the socket when a stall ended', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    const { step, answer } = answered();
    const outcome = withDeadline(clock, 100, controller.signal, step);
    await clock.advance(99);
    await clock.stall(5_000, answer);
    await expect(outcome).resolves.toBe('answer');
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });

  it.each([
    [1, 'all of its time', 0],
    [4, 'a quarter of its time', 75],
  ])('counted in %i parts: loses %s by a stall of any length', async (parts, _much, leftMs) => {
    const clock = new VirtualClock();
    let over = false;
    const { signal } = new AbortController();
    const outcome = withDeadline(clock, 100, signal, untilAborted, parts).catch(() => (over = true));
    await clock.stall(60_000);
    expect(over).toBe(leftMs === 0);
    await clock.advance(leftMs - 1);
    expect(over).toBe(leftMs === 0);
    await clock.advance(1);
    expect(over).toBe(true);
    await outcome;
  });

  it('is aborted with its owner, and rejects with the owner’s reason', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    const reason = new Error('closed');
    const step = withDeadline(clock, 100, controller.signal, untilAborted);
    controller.abort(reason);
    await expect(step).rejects.toBe(reason);
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });

  it('never begins when its owner is aborted already', async () => {
    const clock = new VirtualClock();
    let begun = false;
    const step = withDeadline(clock, 100, AbortSignal.abort(new Error('closed')), () => {
      begun = true;
      return Promise.resolve();
    });
    await expect(step).rejects.toThrow('closed');
    expect([begun, clock.scheduled]).toEqual([false, 0]);
  });

  it('cleans up after a step that throws instead of rejecting', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    const step = withDeadline(clock, 100, controller.signal, () => {
      throw new TypeError('defect');
    });
    await expect(step).rejects.toThrow('defect');
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });
});

describe('a step that ignores its signal', () => {
  const forever = (): Promise<never> => new Promise(() => undefined);

  it('still fails at the end of its time', async () => {
    const clock = new VirtualClock();
    const outcome = expect(
      withDeadline(clock, 100, new AbortController().signal, forever),
    ).rejects.toBeInstanceOf(DeadlinePassed);
    await clock.advance(100);
    await outcome;
  });

  it('can still fail later, without an unhandled rejection', async () => {
    const clock = new VirtualClock();
    const { controller } = countedSignal();
    let fail: (error: Error) => void = () => undefined;
    const failing = new Promise<never>((_, reject) => (fail = reject));
    const outcome = withDeadline(clock, 100, controller.signal, () => failing);
    controller.abort(new Error('closed'));
    fail(new Error('late'));
    await expect(outcome).rejects.toThrow('closed');
  });
});

describe('steps that follow one another', () => {
  it('each have their own time, and share one signal, one listener and one timer', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    const deadlines = new Deadlines(clock, controller.signal);
    const signals = new Set<EndSignal>();
    for (let step = 0; step < 3; step += 1) {
      const { step: run, answer } = answered();
      const outcome = deadlines.run(100, (signal) => {
        signals.add(signal);
        return run(signal);
      });
      expect([clock.pendingTimers, listeners()]).toEqual([1, 1]);
      await clock.advance(90);
      answer();
      await expect(outcome).resolves.toBe('answer');
      expect(clock.pendingTimers).toBe(1);
    }
    deadlines.end();
    expect([signals.size, listeners(), clock.pendingTimers]).toEqual([1, 0, 0]);
  });

  it('that answer at once need one timer altogether', async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, new AbortController().signal);
    for (const timeoutMs of [100, 100, 200]) await deadlines.run(timeoutMs, () => Promise.resolve());
    deadlines.end();
    expect([clock.scheduled, clock.pendingTimers]).toEqual([1, 0]);
  });

  it.each([
    ['as long', 100, 1],
    ['longer', 300, 1],
    ['shorter', 20, 1],
    ['counted in parts', 400, 4],
  ])('each have all of their time, with a second one that is %s', async (_what, timeoutMs, parts) => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, new AbortController().signal);
    const first = answered();
    const answer = deadlines.run(100, first.step);
    await clock.advance(60);
    first.answer();
    await answer;
    await clock.advance(10);
    let over = false;
    const second = deadlines.run(timeoutMs, untilAborted, parts).catch(() => (over = true));
    await clock.advance(timeoutMs - 1);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
    await second;
    deadlines.end();
    expect(clock.pendingTimers).toBe(0);
  });

  it('end in their time with a clock whose time does not advance', async () => {
    const clock = new VirtualClock();
    const still = {
      nowMs: () => 7,
      epochMs: () => 7,
      schedule: clock.schedule.bind(clock),
      afterPendingInput: clock.afterPendingInput.bind(clock),
    };
    const deadlines = new Deadlines(still, new AbortController().signal);
    await deadlines.run(100, () => Promise.resolve());
    const second = expect(deadlines.run(100, untilAborted, 4)).rejects.toBeInstanceOf(DeadlinePassed);
    await clock.advance(100);
    await second;
    deadlines.end();
    expect(clock.pendingTimers).toBe(0);
  });

  it('have their whole time after a step that answered just in time', async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, new AbortController().signal);
    const first = answered();
    const second = answered();
    const both = deadlines.run(100, first.step).then(() => deadlines.run(100, second.step));
    await clock.advance(99);
    await clock.stall(5_000, first.answer);
    await clock.advance(50);
    second.answer();
    await expect(both).resolves.toBe('answer');
    deadlines.end();
  });

  it('end with the first step that runs out of time', async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, new AbortController().signal);
    const first = expect(deadlines.run(100, untilAborted)).rejects.toBeInstanceOf(DeadlinePassed);
    await clock.advance(100);
    await first;
    let begun = false;
    const second = deadlines.run(100, () => {
      begun = true;
      return Promise.resolve();
    });
    await expect(second).rejects.toBeInstanceOf(DeadlinePassed);
    expect([begun, clock.pendingTimers]).toEqual([false, 0]);
  });
});

describe('a step whose failure cannot be translated', () => {
  it('rejects with the error of the translation, and does not stay pending', async () => {
    const clock = new VirtualClock();
    const { controller, listeners } = countedSignal();
    const deadlines = new Deadlines(clock, controller.signal);
    const untranslatable = (): never => {
      throw new TypeError('no text');
    };
    const failing = deadlines.run(100, () => Promise.reject(new Error('refused')), 1, untranslatable);
    await expect(failing).rejects.toThrow('no text');
    controller.abort(new Error('closed'));
    const late = deadlines.run(100, untilAborted, 1, untranslatable);
    await expect(late).rejects.toThrow('no text');
    deadlines.end();
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });
});
