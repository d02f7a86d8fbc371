/** When a function of the application fails many times, one warning is emitted, and then a count every minute. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HandlerWarnings } from '../../../src/client/events/process-warnings.js';
import { Notifier } from '../../../src/client/events/notifier.js';
import { REAL_TIME } from '../../../src/adapters/node/runtime-sources.js';
import { VirtualClock } from '../../virtual-clock.js';

const change = { from: 'idle', to: 'closed', reason: 'test' } as const;
const warned: string[] = [];

beforeEach(() => {
  warned.length = 0;
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warned.push(String(warning)));
});
afterEach(() => void vi.restoreAllMocks());

/** Emits an event every 40 ms, the interval of frames, for this duration. */
async function announceFor(notifier: Notifier, clock: VirtualClock, durationMs: number): Promise<void> {
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += 40) {
    notifier.emit('state', change);
    await clock.advance(40);
  }
}

describe('a handler that fails at every event', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ])(
    'and %s causes one warning with the name of the event, then a count every minute',
    async (_how, state) => {
      const clock = new VirtualClock();
      const notifier = new Notifier({ state }, clock);
      await announceFor(notifier, clock, 59_000);
      expect(warned).toHaveLength(1);
      expect(warned[0]).toMatch(/^the handler of "state" of an avatar session failed: Error: disk full\n/);
      await announceFor(notifier, clock, 121_000);
      expect(warned).toHaveLength(3);
      expect(warned[1]).toMatch(
        /^1500 more in 60\.0 s, the latest: the handler of "state" .*: Error: disk full/,
      );
      expect(warned[2]).toMatch(/^1500 more in 60\.0 s/);
      expect(clock.scheduled).toBe(0);
    },
  );

  it('causes one warning as callback and as listener, and as a once-listener that is added again as a new function', async () => {
    const clock = new VirtualClock();
    const state = (): never => {
      throw new Error('disk full');
    };
    const notifier = new Notifier({ state }, clock);
    notifier.on('state', state, false);
    const listenOnce = (): void =>
      notifier.on(
        'state',
        () => {
          listenOnce();
          throw new Error('disk full');
        },
        true,
      );
    listenOnce();
    await announceFor(notifier, clock, 1_000);
    expect(warned).toHaveLength(1);
  });

  it('causes a separate warning for each event and each session', () => {
    const warnings = new HandlerWarnings();
    const failed = (owner: object, what: string): void =>
      warnings.failed({ owner, what, nowMs: 0, describe: () => what });
    const [session, other] = [{}, {}];
    failed(session, 'frame');
    failed(session, 'frame');
    failed(session, 'error');
    failed(other, 'frame');
    expect(warned).toEqual(['frame', 'error', 'frame']);
  });

  it('and then stops is counted after the minute, by one timer that does not keep the process alive', () => {
    const { time, timers, wait } = steppedTime();
    const warnings = new HandlerWarnings(time);
    const owners = [{}, {}, {}];
    const fail = (owner: object, what = 'frame'): void =>
      warnings.failed({ owner, what, nowMs: time.nowMs(), describe: () => `${what} failed` });
    for (const owner of owners) fail(owner);
    expect(timers).toEqual([]);
    wait(1_000);
    for (const owner of owners) for (let frame = 0; frame < 5; frame++) fail(owner);
    expect(timers).toMatchObject([{ unrefed: true }]);
    wait(58_999);
    expect(warned).toHaveLength(3);
    wait(1);
    expect(warned.slice(3)).toEqual(['15 more in 60.0 s, the latest: frame failed']);
    // No function failed in this minute: no warning and no timer.
    expect(timers).toEqual([]);
    wait(30_000);
    fail(owners[0] ?? {});
    wait(30_000);
    expect(warned.slice(4)).toEqual(['1 more in 60.0 s, the latest: frame failed']);
    expect(timers).toEqual([]);
  });

  it('in a thousand sessions causes a limited number of warnings, and a count', () => {
    const warnings = new HandlerWarnings(steppedTime().time);
    const owners = Array.from({ length: 1_000 }, () => ({}));
    const failAt = (nowMs: number): void => {
      for (const owner of owners) warnings.failed({ owner, what: 'close', nowMs, describe: () => 'close' });
    };
    failAt(1_000_000);
    expect(warned).toHaveLength(100);
    failAt(1_030_000);
    expect(warned).toHaveLength(100);
    failAt(1_060_000);
    expect(warned).toHaveLength(200);
    expect(warned.slice(100).every((text) => /^\d more in 60\.0 s, the latest: close$/.test(text))).toBe(
      true,
    );
  });

  it('has its text built only when a warning is emitted', () => {
    const describe = vi.fn(() => 'sentence');
    const warnings = new HandlerWarnings(steppedTime().time);
    const owner = {};
    for (let nowMs = 0; nowMs < 50; nowMs++) warnings.failed({ owner, what: 'retry', nowMs, describe });
    expect(describe).toHaveBeenCalledTimes(1);
  });
});

interface SteppedTimer {
  readonly dueAtMs: number;
  readonly callback: () => void;
  unrefed: boolean;
}

/** A clock whose timers fire only in `wait`. */
function steppedTime(): {
  time: typeof REAL_TIME;
  timers: SteppedTimer[];
  wait: (ms: number) => void;
} {
  let nowMs = 0;
  const timers: SteppedTimer[] = [];
  const setTimeout = (callback: () => void, delayMs: number): NodeJS.Timeout => {
    const timer = { dueAtMs: nowMs + delayMs, callback, unrefed: false };
    timers.push(timer);
    return {
      unref(this: NodeJS.Timeout): NodeJS.Timeout {
        timer.unrefed = true;
        return this;
      },
    } as NodeJS.Timeout;
  };
  const wait = (ms: number): void => {
    nowMs += ms;
    const due = timers.filter(({ dueAtMs }) => dueAtMs <= nowMs);
    for (const timer of due) {
      timers.splice(timers.indexOf(timer), 1);
      timer.callback();
    }
  };
  return { time: { ...REAL_TIME, nowMs: () => nowMs, setTimeout }, timers, wait };
}
