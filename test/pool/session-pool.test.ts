/**
 * A pool of sessions: which caller gets a session, and what happens to sessions that are released or end.
 * Virtual time, with a scripted service.
 */
import { describe, expect, it } from 'vitest';
import { createMemoryCoordinator } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import type { SessionPool } from '../../src/pool/session-pool.js';
import { confirm, settled, settledAt, stage, unknownApp } from './pool-stage.js';

/** The callers of acquire(), in the order in which they got a session. */
function callers(pool: SessionPool): { ask(name: string): void; readonly got: Map<string, AvatarSession> } {
  const got = new Map<string, AvatarSession>();
  return {
    got,
    ask: (name) =>
      void pool.acquire().then(
        (session) => got.set(name, session),
        () => undefined,
      ),
  };
}

describe('a pool of sessions', () => {
  it('opens a session for a caller, and gives it to the next one after its release', async () => {
    const { pool, clock, transport } = stage();
    expect(transport.dials).toHaveLength(0);
    const first = await settledAt(clock, pool.acquire());
    expect(first.state).toBe('websocket_runtime');
    pool.release(first);
    await clock.settle();
    expect(await pool.acquire()).toBe(first);
    expect(transport.dials).toHaveLength(1);
    expect(pool.counts).toEqual({ open: 1, starting: 0, free: 0, lent: 1, waiting: 0 });
  });

  it('never opens more than `size` sessions, and serves callers in the order of their calls', async () => {
    const { pool, clock, transport } = stage();
    const asks = callers(pool);
    const { got } = asks;
    for (const name of ['a', 'b', 'c', 'd', 'e']) asks.ask(name);
    await clock.settle();
    expect([...got.keys()]).toEqual(['a', 'b']);
    expect(pool.counts).toEqual({ open: 2, starting: 0, free: 0, lent: 2, waiting: 3 });
    for (const name of ['b', 'a', 'd']) {
      const session = got.get(name);
      if (session !== undefined) pool.release(session);
      await clock.settle();
    }
    expect([...got.keys()]).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(transport.dials).toHaveLength(2);
  });

  it('gives a connected session before one that reconnects', async () => {
    let refuses = false;
    const { pool, clock, transport } = stage({}, (dial) => (refuses ? undefined : confirm(dial)), {
      retry: 'default',
    });
    const [first, second] = await settledAt(clock, Promise.all([pool.acquire(), pool.acquire()]));
    pool.release(first);
    await clock.settle();
    pool.release(second);
    await clock.settle();
    refuses = true;
    transport.latest.drop();
    await clock.advance(10);
    expect(second.state).not.toBe('websocket_runtime');
    expect(await pool.acquire()).toBe(first);
    expect(await pool.acquire()).toBe(second);
  });

  it('calls its function for the options of each session, and adds the coordinator', async () => {
    const coordinator = createMemoryCoordinator({ maxSessions: 5 });
    const { pool, clock } = stage({ coordinator });
    await settledAt(
      clock,
      pool.use(() => undefined),
    );
    expect((await coordinator.inspect()).endpoints[0]?.leases).toHaveLength(1);
  });
});

describe('a session that was released', () => {
  it('keeps no state of its caller: open utterances are interrupted, the pause ends, the listeners are removed', async () => {
    const { pool, clock, transport } = stage();
    const session = await settledAt(clock, pool.acquire());
    const frames: number[] = [];
    session.on('frame', ({ index }) => frames.push(index));
    const utterance = session.speak(new Uint8Array(640));
    await session.pause();
    pool.release(session);
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' });
    await clock.settle();
    const again = await pool.acquire();
    const next = again.speak(new Uint8Array(640));
    transport.latest.animate(next.reqId, 1, { end: true });
    await expect(next.finished).resolves.toMatchObject({ outcome: 'delivered' });
    expect(frames).toEqual([]);
  });

  it('is not given to another caller if its caller has closed it, also with a drain', async () => {
    const { pool, clock, transport } = stage({ size: 1 });
    const session = await settledAt(clock, pool.acquire());
    session.speak(new Uint8Array(640));
    void session.close({ drain: true });
    pool.release(session);
    expect(await settledAt(clock, pool.acquire())).not.toBe(session);
    expect(transport.mostOpen).toBe(1);
  });

  it.each(['twice', 'by another pool'])('is refused when it is released %s', async (how) => {
    const { pool, clock } = stage();
    const session = await settledAt(clock, pool.acquire());
    if (how === 'twice') pool.release(session);
    const other = how === 'twice' ? pool : stage().pool;
    expect(() => other.release(session)).toThrow(TypeError);
  });
});

describe('a session that ends', () => {
  it('while a caller uses it is replaced: this caller gets the failure, the next one gets another session', async () => {
    const { pool, clock, transport } = stage({ size: 1 });
    const session = await settledAt(clock, pool.acquire());
    const next = pool.acquire();
    const utterance = session.speak(new Uint8Array(640));
    transport.latest.drop(4002, 'session time limit');
    await expect(utterance.finished).rejects.toMatchObject({ code: 'sessionDurationExceeded' });
    const replacement = await settledAt(clock, next);
    expect(replacement).not.toBe(session);
    expect(transport.mostOpen).toBe(1);
    pool.release(session);
    expect(pool.counts).toEqual({ open: 1, starting: 0, free: 0, lent: 1, waiting: 0 });
  });

  it('while it is free is not given to a caller', async () => {
    const { pool, clock, transport } = stage();
    const session = await settledAt(clock, pool.acquire());
    pool.release(session);
    await clock.settle();
    transport.latest.drop();
    await clock.advance(2_000);
    expect(pool.counts.open).toBe(0);
    expect(await settledAt(clock, pool.acquire())).not.toBe(session);
  });

  it('while it starts: its caller gets the error with its code, and the other callers get other sessions', async () => {
    let dials = 0;
    const { pool, clock } = stage({ size: 1 }, (dial) => {
      dials += 1;
      if (dials <= 2) unknownApp(dial);
      else confirm(dial);
    });
    const asked = [pool.acquire(), pool.acquire(), pool.acquire()].map(settled);
    const [first, second, third] = await settledAt(clock, Promise.all(asked));
    expect([first, second]).toMatchObject([{ code: 'appIDUnrecognized' }, { code: 'appIDUnrecognized' }]);
    expect(third).toMatchObject({ state: 'websocket_runtime' });
  });
});

describe('acquire', () => {
  it('rejects with the error that the function for the options threw', async () => {
    const failure = new Error('no room left');
    const { pool, clock } = stage({ session: () => Promise.reject(failure) });
    await expect(settledAt(clock, pool.acquire())).rejects.toBe(failure);
    expect(pool.counts).toEqual({ open: 0, starting: 0, free: 0, lent: 0, waiting: 0 });
  });

  it.each([
    ['nothing', undefined],
    ['wrong options', { appId: 'app', avatarId: 'avatar', apiKey: 7 }],
  ])('rejects with a TypeError for %s', async (_what, options) => {
    const { pool, clock } = stage({ session: () => options as unknown as AvatarSessionOptions });
    await expect(settledAt(clock, pool.acquire())).rejects.toThrow(TypeError);
  });

  it('rejects with the reason of its signal at once, and the other callers keep their places in the queue', async () => {
    const { pool, clock } = stage({ size: 1 });
    const held = await settledAt(clock, pool.acquire());
    const controller = new AbortController();
    const aborted = settled(pool.acquire({ signal: controller.signal }));
    const next = pool.acquire();
    controller.abort(new Error('the caller left'));
    expect(await aborted).toMatchObject({ message: 'the caller left' });
    await expect(pool.acquire({ signal: controller.signal })).rejects.toThrow('the caller left');
    pool.release(held);
    expect(await settledAt(clock, next)).toBe(held);
  });

  it('refuses a value that is not a signal', async () => {
    const { pool } = stage();
    await expect(pool.acquire({ signal: 7 as unknown as AbortSignal })).rejects.toThrow(TypeError);
    await expect(pool.acquire(new AbortController().signal as never)).rejects.toThrow(TypeError);
  });

  it('is called by `use`, which releases the session also when the work throws', async () => {
    const { pool, clock } = stage();
    await expect(
      settledAt(
        clock,
        pool.use(({ state }) => state),
      ),
    ).resolves.toBe('websocket_runtime');
    await expect(
      settledAt(
        clock,
        pool.use(() => Promise.reject(new Error('work'))),
      ),
    ).rejects.toThrow('work');
    await clock.settle();
    expect(pool.counts).toEqual({ open: 1, starting: 0, free: 1, lent: 0, waiting: 0 });
  });
});
