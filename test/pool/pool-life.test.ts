/**
 * A pool from its options to its end: warm sessions, the close, and calls in any order. Virtual time, with a
 * scripted service.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { LOCAL_PROBLEMS } from '../../src/core/failure/local-problem.js';
import { createSessionPool } from '../../src/pool/session-pool.js';
import type { SessionPool, SessionPoolOptions } from '../../src/pool/session-pool.js';
import type { FakeDial } from '../client/fake-transport.js';
import { confirm, settled, settledAt, stage, unknownApp } from './pool-stage.js';

describe('warm sessions', () => {
  it('are opened before the first acquire(), and are replaced when a caller acquires one', async () => {
    const { pool, clock } = stage({ size: 3, warm: 2 });
    await clock.settle();
    expect(pool.counts).toMatchObject({ open: 2, free: 2 });
    await pool.acquire();
    await clock.settle();
    expect(pool.counts).toMatchObject({ open: 3, free: 2, lent: 1 });
  });

  it('stay open, and further free sessions are closed after maxIdleMs', async () => {
    const { pool, clock } = stage({ size: 3, warm: 1, maxIdleMs: 5_000 });
    await clock.settle();
    const lent = await settledAt(clock, Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]));
    for (const session of lent) pool.release(session);
    await clock.advance(4_900);
    expect(pool.counts).toMatchObject({ open: 3, free: 3 });
    await clock.advance(2_200);
    expect(pool.counts).toMatchObject({ open: 1, free: 1 });
    await clock.advance(60_000);
    expect(pool.counts).toMatchObject({ open: 1, free: 1 });
  });

  it('that fail are opened again after growing delays, and are reported to onError', async () => {
    const errors: Error[] = [];
    const refused = new UpgradeRefused(503, {}, '');
    const { pool, clock, transport } = stage(
      { warm: 1, onError: (error) => errors.push(error) },
      (dial) => {
        dial.refuse(refused);
      },
      { retry: { maxAttempts: 1 } },
    );
    await clock.advance(120_000);
    expect(errors.length).toBeGreaterThanOrEqual(4);
    expect(errors.length).toBeLessThanOrEqual(12);
    expect(errors[0]).toMatchObject({ code: 'upstreamError', reason: 'attempts' });
    expect(transport.dials.length).toBe(errors.length);
    await pool.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('with a failure that is not retried are opened again once a caller got a session', async () => {
    const errors: Error[] = [];
    let isKnown = false;
    const { pool, clock, transport } = stage({ warm: 1, onError: (error) => errors.push(error) }, (dial) =>
      isKnown ? confirm(dial) : unknownApp(dial),
    );
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(1);
    isKnown = true;
    await settledAt(clock, pool.acquire());
    await clock.settle();
    expect(pool.counts).toMatchObject({ lent: 1, free: 1 });
    expect(errors).toMatchObject([{ code: 'appIDUnrecognized' }]);
  });

  describe('without onError', () => {
    afterEach(() => void vi.restoreAllMocks());
    it('warn of the first failure in a row', async () => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const { clock } = stage({ warm: 1 }, unknownApp);
      await clock.advance(1_000);
      expect(warned.mock.calls).toMatchObject([
        [expect.stringContaining('appIDUnrecognized'), 'AvatarKitPoolWarning'],
      ]);
    });
  });
});

describe('a pool that is closed', () => {
  it('refuses every caller, closes every session, and leaves no timer', async () => {
    const { pool, clock, transport } = stage({ size: 2, warm: 1 });
    const lent = await settledAt(clock, pool.acquire());
    await settledAt(clock, pool.acquire());
    const waits = settled(pool.acquire());
    const closed = pool.close();
    expect(await waits).toMatchObject({
      code: 'connectionClosed',
      remediation: LOCAL_PROBLEMS.poolClosed.remediation,
    });
    await settledAt(clock, closed);
    expect(lent.state).toBe('closed');
    expect(transport.openSockets).toBe(0);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'connectionClosed' });
    pool.release(lent);
    expect(pool.counts).toMatchObject({ open: 0, free: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('with a drain waits for the open utterances', async () => {
    const { pool, clock, transport } = stage({ size: 1 });
    const session = await settledAt(clock, pool.acquire());
    const utterance = session.speak(new Uint8Array(640));
    const closed = pool.close({ drain: true });
    await clock.settle();
    expect(transport.openSockets).toBe(1);
    transport.latest.animate(utterance.reqId, 1, { end: true });
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'delivered' });
    await settledAt(clock, closed);
    expect(transport.openSockets).toBe(0);
  });

  it('while it waits for options opens no session any more', async () => {
    let give: (options: AvatarSessionOptions) => void = () => undefined;
    const { pool, clock, transport } = stage({
      session: () => new Promise((resolve) => (give = resolve)),
    });
    const asked = settled(pool.acquire());
    await pool.close();
    give({ appId: 'app', avatarId: 'avatar', apiKey: 'key' });
    await clock.settle();
    expect(await asked).toMatchObject({ code: 'connectionClosed' });
    expect(transport.dials).toHaveLength(0);
    expect(pool.counts.open).toBe(0);
  });
});

describe('the options of a pool', () => {
  const session = (): AvatarSessionOptions => ({ appId: 'app', avatarId: 'avatar', apiKey: 'key' });
  it.each([
    ['no size', { session }, TypeError, 'size'],
    ['a size of 0', { size: 0, session }, RangeError, 'size'],
    ['more warm sessions than the size', { size: 2, warm: 3, session }, RangeError, 'warm'],
    ['no function', { size: 2, session: {} }, TypeError, 'session'],
    ['an idle time below 0', { size: 2, session, maxIdleMs: -1 }, RangeError, 'maxIdleMs'],
    ['a misspelt name', { size: 2, session, maxIdleMS: 1 }, TypeError, 'maxIdleMs'],
    ['an option of a session', { size: 2, apiKey: 'key' }, TypeError, 'session: () => ({ apiKey, … })'],
    ['a handler that is not a function', { size: 2, session, onError: 1 }, TypeError, 'onError'],
  ])('are checked at once: %s', (_what, options, kind, names) => {
    const make = (): SessionPool => createSessionPool(options as unknown as SessionPoolOptions);
    expect(make).toThrow(kind);
    expect(make).toThrow(names);
  });
});

const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.constant('acquire' as const) },
  { weight: 3, arbitrary: fc.constant('release' as const) },
  { weight: 1, arbitrary: fc.constant('drop' as const) },
  { weight: 1, arbitrary: fc.constant('abort' as const) },
  { weight: 1, arbitrary: fc.constant('later' as const) },
);

it('never opens more than `size` sessions and settles every call, in any order of calls and failures', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(STEP, { maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 1 }),
      async (steps, confirms, size, warm) => {
        let dials = 0;
        const service = (dial: FakeDial): void => {
          dials += 1;
          if (confirms[dials % confirms.length] === true) confirm(dial);
          else unknownApp(dial);
        };
        const { pool, clock, transport } = stage({ size, warm, onError: () => undefined }, service);
        const lent: AvatarSession[] = [];
        const answers: Promise<unknown>[] = [];
        const controllers: AbortController[] = [];
        const ask = (): void => {
          const controller = new AbortController();
          controllers.push(controller);
          const asked = pool.acquire({ signal: controller.signal });
          answers.push(settled(asked.then((session) => void lent.push(session))));
        };
        for (const step of steps) {
          const session = step === 'release' ? lent.shift() : undefined;
          if (step === 'acquire') ask();
          else if (step === 'drop')
            transport.dials.find(({ socket }) => socket?.open === true)?.socket?.drop();
          else if (step === 'abort') controllers.shift()?.abort();
          else if (session !== undefined) pool.release(session);
          await clock.advance(step === 'later' ? 40_000 : 10);
          expect(pool.counts.open).toBeLessThanOrEqual(size);
          expect(pool.counts.open).toBeGreaterThanOrEqual(transport.openSockets);
          expect(pool.counts.waiting === 0 || pool.counts.open === size).toBe(true);
        }
        expect(transport.mostOpen).toBeLessThanOrEqual(size);
        await settledAt(clock, pool.close());
        await Promise.all(answers);
        expect(transport.openSockets).toBe(0);
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});
