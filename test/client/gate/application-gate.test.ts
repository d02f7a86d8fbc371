/** A connect gate that the application implements: every dial passes it, and its defects cost no dial. Virtual time. */
import { describe, expect, it } from 'vitest';
import type { Clock, ConnectGate, DialGate, DialPermit } from '../../../src/index.js';
import { firstWait, GatedWorld } from '../gated-world.js';
import { LooseEnds } from '../scenario-support/loose-ends.js';

describe('a gate of the application', () => {
  /** Lets one dial in after the other, each a second after the one before, and notes what is reported to it. */
  function pacedGate(calls: string[]): ConnectGate {
    let nextAtMs = 0;
    const permitOf = (clock: Clock): DialPermit => {
      const waitMs = Math.max(nextAtMs - clock.nowMs(), 0);
      nextAtMs = Math.max(nextAtMs, clock.nowMs()) + 1_000;
      return {
        admission: waitMs === 0 ? undefined : new Promise((resolve) => void clock.schedule(waitMs, resolve)),
        prepared: () => calls.push('prepared'),
        confirmed: () => calls.push('confirmed'),
        failed: ({ code }) => calls.push(`failed ${code}`),
        decided: ({ code }) => calls.push(`decided ${code}`),
        lost: ({ code }) => {
          calls.push(`lost ${code}`);
          return { isLone: true };
        },
        left: () => calls.push('left'),
        whyWaiting: () => ({ why: 'one dial a second', leastMs: waitMs }),
      };
    };
    return {
      endpoint: (clock, { shownName }) => ({
        register: () => calls.push(`register ${shownName}`),
        unregister: () => calls.push(`unregister ${shownName}`),
        enter: () => permitOf(clock),
        answered: () => calls.push('answered'),
        resendInMs: () => 0,
      }),
    };
  }

  it('is passed by every dial, and learns how each ends', async () => {
    const world = new GatedWorld();
    world.down = false;
    const calls: string[] = [];
    const connectGate = pacedGate(calls);
    const sessions = Array.from({ length: 3 }, () =>
      world.add({ connectGate, heartbeat: false, ...world.sameAccount() }),
    );
    for (const { session } of sessions) void session.start();
    await world.clock.advance(2_500);
    expect(world.dialsAtMs).toEqual([0, 1_000, 2_000]);
    expect(sessions[2] && firstWait(sessions[2])).toMatchObject({ source: 'gate', delayMs: 2_000 });
    await world.close();
    expect(calls.filter((call) => call === 'confirmed')).toHaveLength(3);
    expect(calls.filter((call) => call.startsWith('register'))).toEqual(
      Array<string>(3).fill('register ingress ingress.test'),
    );
    expect(calls.filter((call) => call.startsWith('unregister'))).toHaveLength(3);
  });

  it('is told of a failed dial, and of what the session decides', async () => {
    const world = new GatedWorld();
    const calls: string[] = [];
    void world.add({ connectGate: pacedGate(calls), ...world.sameAccount() }).session.start();
    await world.clock.settle();
    expect(calls).toEqual([
      'register ingress ingress.test',
      'prepared',
      'failed upstreamError',
      'left',
      'decided upstreamError',
    ]);
    await world.close();
  });

  it.each<[string, ConnectGate['endpoint']]>([
    [
      'has no gate for an endpoint',
      () => {
        throw new Error('no gate');
      },
    ],
    [
      'throws in every method',
      () =>
        new Proxy({} as DialGate, {
          get: () => () => {
            throw new Error('no method');
          },
        }),
    ],
  ])('that %s delays no dial, and is a process warning', async (_name, endpoint) => {
    const world = new GatedWorld();
    world.down = false;
    using loose = new LooseEnds();
    const { session, dialsAtMs } = world.add({ connectGate: { endpoint } });
    void session.start();
    await world.clock.settle();
    expect(dialsAtMs).toHaveLength(1);
    expect(session.state).toBe('websocket_runtime');
    await world.close();
    expect(loose.warnings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^connectGate of an avatar session failed: Error: no (?:gate|method)/),
    );
  });
});
