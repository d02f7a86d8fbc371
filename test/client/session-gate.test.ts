/**
 * Several sessions of one process at one endpoint: which of them wait at the connect gate, and how the wait
 * is reported. Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { firstWait, GatedWorld } from './gated-world.js';
import { gapsMs } from './virtual-session.js';

describe('a session that is started while others fail at its endpoint', () => {
  it('waits, reports the wait, counts no attempt, and dials when the service is available again', async () => {
    const world = new GatedWorld();
    await world.fail();
    const late = world.add();
    const started = late.session.start();
    await world.clock.settle();
    expect(late.session.state).toBe('waiting');
    expect(firstWait(late)).toMatchObject({
      attempt: 1,
      error: { code: 'connectionFailed', phase: 'session_token', willRetry: true },
    });
    expect(late.session.explain().find(({ kind }) => kind === 'retry')).toMatchObject({
      source: 'gate',
      why: expect.stringMatching(
        /^\d in line at the connect gate of the ingress ingress.test: the endpoint does not answer/,
      ) as string,
    });
    expect([late.errors, late.dialsAtMs]).toEqual([[], []]);
    world.down = false;
    await world.clock.advance(10_000);
    await expect(started).resolves.toBe('connection-1');
    expect(late.dialsAtMs).toHaveLength(1);
    expect(late.lines().slice(0, 3)).toEqual(['state waiting', 'retry 1', 'state session_token']);
    await world.close();
  });

  it('reports its own failure as the reason, after it had one', async () => {
    const world = new GatedWorld();
    await world.fail();
    await world.clock.advance(20_000);
    const held = world.sessions.flatMap(({ retries }) => retries).filter(({ source }) => source === 'gate');
    expect(held.length).toBeGreaterThan(0);
    expect(new Set(held.map(({ error }) => error.code))).toEqual(new Set(['upstreamError']));
    await world.close();
  });

  it('leaves the line when it is aborted or closed, and does not block another session', async () => {
    const world = new GatedWorld();
    await world.fail();
    const [aborted, closed, patient] = [world.add(), world.add(), world.add()];
    const abort = new AbortController();
    const outcomes = [
      aborted.session.start({ signal: abort.signal }),
      closed.session.start(),
      patient.session.start(),
    ] as const;
    await world.clock.settle();
    abort.abort();
    void closed.session.close();
    await expect(outcomes[0]).rejects.toMatchObject({ reason: 'aborted' });
    await expect(outcomes[1]).rejects.toMatchObject({ reason: 'closed' });
    world.down = false;
    await world.clock.advance(10_000);
    await expect(outcomes[2]).resolves.toBe('connection-1');
    expect([aborted.dialsAtMs, closed.dialsAtMs]).toEqual([[], []]);
    await world.close();
  });

  it('fails with the reason, without a dial, at the limit of its outage', async () => {
    const world = new GatedWorld();
    await world.fail();
    // From now on every dial is refused, with a long wait.
    world.refusal = () => new UpgradeRefused(503, { 'retry-after': '60' }, '');
    await world.clock.advance(5_000);
    const late = world.add({ retry: { maxElapsedMs: 4_000 } });
    const started = late.session.start();
    const outcome = expect(started).rejects.toMatchObject({
      code: 'connectionFailed',
      reason: 'elapsed',
      willRetry: false,
      attempt: 0,
    });
    await world.clock.advance(3_999);
    expect(late.closes).toEqual([]);
    await world.clock.advance(2);
    await outcome;
    expect(late.dialsAtMs).toEqual([]);
    expect(late.lines().slice(-4)).toEqual([
      'error connectionFailed',
      'state closing',
      'state closed',
      'close failed',
    ]);
    await world.close();
  });
});

describe('while a service is down', () => {
  it('forty sessions together make one dial per period, and each session gets a turn', async () => {
    const world = new GatedWorld();
    for (let n = 0; n < 40; n += 1) void world.add({ retry: { maxElapsedMs: Infinity } }).session.start();
    await world.clock.advance(120_000);
    const dials = world.dialsAtMs;
    // At first all dial at once, then two at a time, and then one probe per period of at most 3 s.
    const probes = dials.filter((atMs) => atMs > 5_000);
    expect(Math.min(...gapsMs(probes))).toBeGreaterThanOrEqual(250);
    expect(probes.length).toBeGreaterThan(30);
    expect(Math.max(...world.sessions.map(({ dialsAtMs }) => dialsAtMs.length))).toBeLessThanOrEqual(5);
    expect(Math.min(...world.sessions.map(({ dialsAtMs }) => dialsAtMs.length))).toBeGreaterThan(1);
    world.down = false;
    await world.clock.advance(40_000);
    expect(new Set(world.sessions.map(({ session }) => session.state))).toEqual(
      new Set(['websocket_runtime']),
    );
    await world.close();
  });

  it('a session that is the only one at its endpoint uses its own backoff', async () => {
    const world = new GatedWorld();
    const alone = world.add({
      retry: { maxAttempts: 10, backoff: { baseMs: 10, capMs: 20, minIntervalMs: 0 } },
    });
    void alone.session.start();
    await world.clock.advance(500);
    expect(alone.errors.at(-1)).toMatchObject({ reason: 'attempts', attempt: 10 });
    expect(firstWait(alone)).toBeUndefined();
  });

  it('a session that is the only one left dials at once', async () => {
    const world = new GatedWorld();
    await world.fail();
    const late = world.add();
    const started = late.session.start();
    await world.clock.settle();
    world.down = false;
    for (const { session } of world.sessions.slice(0, 2)) void session.close();
    await world.clock.settle();
    await expect(started).resolves.toBe('connection-1');
    await world.close();
  });
});

describe('a wait that the service asks one session for', () => {
  it('is a floor for all of its endpoint', async () => {
    const world = new GatedWorld();
    world.refusal = () => new UpgradeRefused(503, { 'retry-after': '30' }, '');
    const [first, second] = [world.add(), world.add()];
    void first.session.start();
    await world.clock.settle();
    void second.session.start();
    await world.clock.settle();
    expect(second.session.state).toBe('waiting');
    expect(firstWait(second)?.delayMs).toBeGreaterThanOrEqual(30_000);
    world.down = false;
    await world.clock.advance(29_999);
    expect(world.dialsAtMs).toHaveLength(1);
    await world.clock.advance(3_500);
    expect([first.session.state, second.session.state]).toEqual(['websocket_runtime', 'websocket_runtime']);
    // The session that got the wait waits once, because its own delay is equal to the floor.
    expect(first.retries.map(({ source }) => source)).toEqual(['hint']);
    await world.close();
  });

  it('is a floor only for its account if it is a limit of the account', async () => {
    const world = new GatedWorld();
    world.refusal = () => new UpgradeRefused(429, { 'retry-after': '30' }, '{"message":"too many sessions"}');
    const [first, second] = [world.add(world.sameAccount()), world.add(world.sameAccount())];
    void first.session.start();
    await world.clock.settle();
    world.down = false;
    void second.session.start();
    const others = [world.add(), world.add(), world.add()];
    await Promise.all(others.map(({ session }) => session.start()));
    expect(world.clock.nowMs()).toBe(0);
    expect(second.session.state).toBe('waiting');
    expect(firstWait(second)?.delayMs).toBeGreaterThanOrEqual(30_000);
    expect(second.session.explain().find(({ kind }) => kind === 'retry')).toMatchObject({
      why: expect.stringContaining('the service asked this account for no dial in the next 3') as string,
    });
    await world.clock.advance(29_999);
    expect(world.dialsAtMs).toHaveLength(4);
    await world.clock.advance(3_500);
    expect([first.session.state, second.session.state]).toEqual(['websocket_runtime', 'websocket_runtime']);
    expect(first.retries.map(({ source }) => source)).toEqual(['hint']);
    await world.close();
  });
});
