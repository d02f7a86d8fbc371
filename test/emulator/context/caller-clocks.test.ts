import * as sinon from '@sinonjs/fake-timers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFakeTimersClock, createVirtualClock, AvatarEmulator } from '../../../src/emulator/index.js';
import { newAvatarSession } from '../../../src/index.js';

const SECOND = new Uint8Array(32_000);

describe('a virtual clock', () => {
  it('calls timers in the order of their times, and at those times', async () => {
    const clock = createVirtualClock();
    const calls: string[] = [];
    const call = (name: string) => (): void => void calls.push(`${name} at ${clock.nowMs()}`);
    clock.schedule(30, call('late'));
    clock.schedule(10, call('first'));
    clock.schedule(10, call('second'));
    clock.schedule(20, call('cancelled')).cancel();
    await clock.advance(29);
    expect(calls).toEqual(['first at 10', 'second at 10']);
    await clock.advance(1);
    expect(calls.at(-1)).toBe('late at 30');
    expect(clock.epochMs()).toBe(Date.UTC(2025, 0, 1) + 30);
  });

  it('lets promises run to their end between two timers', async () => {
    const clock = createVirtualClock();
    const slept: number[] = [];
    void (async () => {
      for (let nap = 0; nap < 3; nap += 1) {
        await clock.sleep(100);
        slept.push(clock.nowMs());
      }
    })();
    await clock.advance(1_000);
    expect(slept).toEqual([100, 200, 300]);
    expect(clock.nowMs()).toBe(1_000);
  });

  it('runs work to its end, and then stops', async () => {
    const clock = createVirtualClock();
    clock.schedule(5_000, () => undefined);
    expect(await clock.run(clock.sleep(250).then(() => 'done'))).toBe('done');
    expect(clock.nowMs()).toBe(250);
    await expect(clock.run(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('reports why work does not end', async () => {
    const clock = createVirtualClock();
    const never = new Promise(() => undefined);
    await expect(clock.run(never)).rejects.toThrow("the promise can't settle");
    clock.schedule(2_000, () => undefined);
    await expect(clock.run(never, { withinMs: 1_000 })).rejects.toThrow(
      'longer than 1000 ms of virtual time',
    );
    await expect(clock.run(never, { withinMs: -1 })).rejects.toThrow(RangeError);
    await expect(clock.advance(NaN)).rejects.toThrow(RangeError);
  });

  it.each([NaN, -1, Infinity])('rejects sleep(%s), and still works', async (ms) => {
    const clock = createVirtualClock();
    await expect(clock.sleep(ms)).rejects.toThrow(RangeError);
    await clock.advance(100);
    expect(clock.nowMs()).toBe(100);
  });

  it('treats a delay of NaN as 0', async () => {
    const clock = createVirtualClock();
    let calledAtMs: number | undefined;
    clock.schedule(NaN, () => (calledAtMs = clock.nowMs()));
    await clock.advance(100);
    expect([calledAtMs, clock.nowMs()]).toEqual([0, 100]);
  });

  it.each([5, undefined, null, {}])('refuses to run %s, which is not a promise', async (work) => {
    const run = createVirtualClock().run(work as never);
    await expect(run).rejects.toThrow(TypeError);
    await expect(run).rejects.toThrow('work must be a promise, got');
  });

  it('calls back after pending input once promises have run', async () => {
    const clock = createVirtualClock();
    const order: string[] = [];
    clock.schedule(1, () => {
      clock.afterPendingInput(() => order.push('turn'));
      void Promise.resolve().then(() => order.push('promise'));
    });
    await clock.advance(1);
    expect(order).toEqual(['promise', 'turn']);
  });
});

describe('on fake timers', () => {
  let installed: sinon.Clock | undefined;
  afterEach(() => {
    vi.useRealTimers();
    installed?.uninstall();
    installed = undefined;
  });

  it.each([
    ['vitest’s', (): void => void vi.useFakeTimers(), (ms: number) => vi.advanceTimersByTimeAsync(ms)],
    [
      'vitest’s, with the date alone',
      (): void => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }),
      (ms: number) => vi.advanceTimersByTimeAsync(ms),
    ],
    [
      'sinon’s',
      (): void => void (installed = sinon.install({ now: 5_000, toNotFake: ['nextTick'] })),
      (ms: number) => installed?.tickAsync(ms),
    ],
  ])(
    '%s: a session speaks, loses its connection and reconnects in their time',
    async (_whose, on, advance) => {
      on();
      const emulator = await AvatarEmulator.start({ clock: createFakeTimersClock() });
      const session = newAvatarSession(emulator.sessionOptions);
      await session.start();
      emulator.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 10 });
      const startedAtMs = Date.now();
      let took: number | undefined;
      const said = session.speak(SECOND).finished.finally(() => (took = Date.now() - startedAtMs));
      await advance(390);
      expect(took).toBeUndefined();
      await advance(5_000);
      expect(await said).toMatchObject({ outcome: 'replayed', keyframes: 25, positionMs: 1_000 });
      expect(took).toBeGreaterThanOrEqual(960);
      const isClosed = session.close();
      await advance(5_000);
      await isClosed;
      await emulator.stop();
      expect(emulator.openSockets).toBe(0);
    },
  );

  it('is refused while the timers are real', () => {
    const message = 'turn the fake timers on before createFakeTimersClock()';
    expect(() => createFakeTimersClock()).toThrow(message);
    vi.useFakeTimers({ toFake: ['Date'] });
    expect(() => createFakeTimersClock()).toThrow(message);
  });

  it('is refused if the fake timers do not include the date', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    expect(() => createFakeTimersClock()).toThrow('have to fake Date, too');
  });

  it('a date that the test sets fires no timer', () => {
    vi.useFakeTimers();
    const clock = createFakeTimersClock();
    const beforeMs = clock.nowMs();
    vi.setSystemTime(Date.UTC(2040, 0, 1));
    expect(clock.nowMs() - beforeMs).toBeLessThan(1);
    expect(clock.epochMs()).toBe(Date.UTC(2040, 0, 1));
  });
});
