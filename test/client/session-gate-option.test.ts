/** The option `connectGate`: which sessions share a gate, and its cost when no dial fails. Virtual time. */
import { describe, expect, it } from 'vitest';
import { createConnectGate } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { GatedWorld } from './gated-world.js';

describe('the option connectGate', () => {
  it('false means that the session waits in no line', async () => {
    const world = new GatedWorld();
    await world.fail();
    const free = world.add({ connectGate: false });
    void free.session.start();
    await world.clock.settle();
    expect(free.dialsAtMs).toHaveLength(1);
    await world.close();
  });

  it('a separate gate is independent of the failures of other sessions', async () => {
    const world = new GatedWorld();
    await world.fail();
    const connectGate = createConnectGate();
    const apart = [world.add({ connectGate }), world.add({ connectGate })];
    for (const { session } of apart) void session.start();
    await world.clock.settle();
    expect(apart.map(({ dialsAtMs }) => dialsAtMs.length)).toEqual([1, 1]);
    await world.close();
  });

  it.each<[retry: AvatarSessionOptions['retry'], shares: boolean, dials: number]>([
    ['test', false, 1],
    [{ preset: 'test', maxAttempts: 1 }, false, 1],
    ['test', true, 0],
    ['default', false, 0],
  ])('is false with the preset `test` if no gate is given: %j, given: %s', async (retry, shares, dials) => {
    const world = new GatedWorld();
    const connectGate = shares ? createConnectGate() : undefined;
    await world.fail({ connectGate });
    const { session, dialsAtMs } = world.add({ retry, connectGate, heartbeat: false });
    world.down = false;
    const started = session.start();
    await world.clock.settle();
    expect(dialsAtMs).toHaveLength(dials);
    await world.clock.until(() => session.state === 'websocket_runtime');
    await started;
    await world.close();
  });

  it('does not affect a session of another endpoint', async () => {
    const world = new GatedWorld();
    await world.fail();
    const elsewhere = world.add({ ingressEndpointUrl: 'wss://other.test/v2' });
    void elsewhere.session.start();
    await world.clock.settle();
    expect(elsewhere.dialsAtMs).toHaveLength(1);
    await world.close();
  });

  it.each([{}, { endpoint: 'ingress' }, [], true, null])('refuses %j, which is not a gate', (connectGate) => {
    const wrong = (): unknown => new GatedWorld().add({ connectGate: connectGate as never });
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(
      /^connectGate must be false, made by createConnectGate\(\), or an object with the method endpoint, got /,
    );
  });
});

describe('a healthy endpoint', () => {
  it('admits 200 sessions at once: no session waits, and the gate leaves no timer', async () => {
    const world = new GatedWorld();
    world.down = false;
    const before = world.clock.pendingTimers;
    const started = Array.from({ length: 200 }, () => world.add({ heartbeat: false }).session.start());
    await world.clock.settle();
    await Promise.all(started);
    expect(world.dialsAtMs).toEqual(Array<number>(200).fill(0));
    expect(world.sessions.flatMap(({ retries }) => retries)).toEqual([]);
    expect(world.clock.pendingTimers).toBe(before);
    await world.close();
  });
});
