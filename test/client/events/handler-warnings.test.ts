/** A function of the application that fails again and again: one warning, then a count every minute. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { warnOfHandler } from '../../../src/client/events/handler-warnings.js';
import { Notifier } from '../../../src/client/events/notifier.js';
import { VirtualClock } from '../../virtual-clock.js';

const change = { from: 'idle', to: 'closed', reason: 'test' } as const;
const warned: string[] = [];

beforeEach(() => {
  warned.length = 0;
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warned.push(String(warning)));
});
afterEach(() => void vi.restoreAllMocks());

/** Announces every 40 ms, as frames come, for so long. */
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
  ])('and %s: one warning with the name of the event, then a count every minute', async (_how, state) => {
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
  });

  it('callback and listener are told apart, and each is warned of once', () => {
    const clock = new VirtualClock();
    const state = (): never => {
      throw new Error('disk full');
    };
    const notifier = new Notifier({ state }, clock);
    notifier.on('state', state, false);
    for (let time = 0; time < 3; time++) notifier.emit('state', change);
    expect(warned).toHaveLength(2);
  });

  it('another handler, another event and another session are warned of by themselves', () => {
    const failed = (owner: object, handler: object, what: string): void =>
      warnOfHandler({ owner, handler, what, nowMs: 0, describe: () => what });
    const [session, other, handler, second] = [{}, {}, {}, {}];
    failed(session, handler, 'frame');
    failed(session, handler, 'frame');
    failed(session, second, 'frame');
    failed(session, handler, 'error');
    failed(other, handler, 'frame');
    expect(warned).toEqual(['frame', 'frame', 'error', 'frame']);
  });

  it('a thousand sessions with the same defect do not flood the log, and are counted', () => {
    const owners = Array.from({ length: 1_000 }, () => ({}));
    const handler = {};
    const failAt = (nowMs: number): void => {
      for (const owner of owners)
        warnOfHandler({ owner, handler, what: 'close', nowMs, describe: () => 'close' });
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

  it('its sentence is not even made where nothing is said', () => {
    const describe = vi.fn(() => 'sentence');
    const [owner, handler] = [{}, {}];
    for (let nowMs = 0; nowMs < 50; nowMs++)
      warnOfHandler({ owner, handler, what: 'retry', nowMs, describe });
    expect(describe).toHaveBeenCalledTimes(1);
  });
});
