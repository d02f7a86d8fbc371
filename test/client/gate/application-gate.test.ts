/**
 * A connect gate that the application implements: every dial passes it, and its failures prevent no dial.
 * Virtual time.
 */
import { describe, expect, it } from 'vitest';
import type { Clock, ConnectGate, DialGate, DialPermit } from '../../../src/index.js';
import { firstWait, GatedWorld } from '../gated-world.js';
import { LooseEnds } from '../scenario-support/loose-ends.js';

describe('a gate of the application', () => {
  /** Admits one dial per second, and records the reports that it gets. */
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

  it('gets every dial and its outcome', async () => {
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

  it('gets a failed dial, and the decision of the session', async () => {
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
  ])('that %s delays no dial, and causes a process warning', async (_name, endpoint) => {
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

  /** A working gate in which `members`, and in its permits `ofPermit`, replace members with invalid ones. */
  function answering(members: object, ofPermit: object = {}): ConnectGate {
    const admitted = (clock: Clock): Promise<void> =>
      new Promise((resolve) => void clock.schedule(10, resolve));
    const nothing = (): undefined => undefined;
    const permit = {
      prepared: nothing,
      confirmed: nothing,
      failed: nothing,
      decided: nothing,
      left: nothing,
    };
    return {
      endpoint: (clock) => ({
        ...{ register: nothing, unregister: nothing, answered: nothing, resendInMs: () => 0 },
        enter: () => ({
          ...{ ...permit, lost: nothing, whyWaiting: () => ({ why: 'a wait', leastMs: 10 }) },
          admission: admitted(clock),
          ...ofPermit,
        }),
        ...members,
      }),
    };
  }
  const rejects = (): Promise<never> => Promise.reject(new Error('rejected'));
  /**
   * A thenable in place of a rejected promise, because that would be an unhandled rejection before the test
   * begins.
   */
  const rejectsLater = {
    then: (_resolve: unknown, reject: (error: Error) => void) => reject(new Error('rejected')),
  };
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  it.each<[string, ConnectGate, string | undefined]>([
    [
      'answers with a promise of a gate',
      { endpoint: (() => rejects()) as never },
      'endpoint must answer at once',
    ],
    ['answers with no gate', { endpoint: () => undefined as never }, 'endpoint must answer with an object'],
    [
      'returns a promise of a permit',
      answering({ enter: rejects }),
      'enter must answer at once, got a promise',
    ],
    ['returns no permit', answering({ enter: () => 7 }), 'enter must answer with an object, got number'],
    ['returns a revoked permit', answering({ enter: () => revoked }), 'proxy that has been revoked'],
    ['returns a promise from register, which rejects', answering({ register: rejects }), 'Error: rejected'],
    [
      'has a number as admission',
      answering({}, { admission: 7 }),
      'admission must be a promise or undefined',
    ],
    ['rejects an admission', answering({}, { admission: rejectsLater }), 'Error: rejected'],
    ['has null as admission, which admits at once', answering({}, { admission: null }), undefined],
    [
      'returns a promise from confirmed, which rejects',
      answering({}, { confirmed: rejects }),
      'Error: rejected',
    ],
    [
      'returns nothing from whyWaiting',
      answering({}, { whyWaiting: () => undefined }),
      'whyWaiting must answer with an object',
    ],
    [
      'returns a number as the reason of a wait',
      answering({}, { whyWaiting: () => ({ why: 7, leastMs: 1 }) }),
      'why must be a string',
    ],
    [
      'returns NaN as the time of a wait',
      answering({}, { whyWaiting: () => ({ why: 'w', leastMs: NaN }) }),
      'leastMs must be a finite number',
    ],
    [
      'returns a promise from whyWaiting',
      answering({}, { whyWaiting: rejects }),
      'whyWaiting must answer at once',
    ],
  ])('that %s prevents no dial, and causes a process warning', async (_name, connectGate, warned) => {
    const world = new GatedWorld();
    world.down = false;
    using loose = new LooseEnds();
    const { session, dialsAtMs } = world.add({ connectGate });
    void session.start();
    await world.clock.advance(20);
    expect([dialsAtMs.length, session.state]).toEqual([1, 'websocket_runtime']);
    await world.close();
    const messages = loose.warnings.map(({ message }) => message);
    if (warned === undefined) expect(messages).toEqual([]);
    else expect(messages.join()).toContain(warned);
    await loose.settle();
    expect(loose.found).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a revoked Proxy', revoked],
    ['a promise', rejects],
    ['a text', 'lone'],
    ['NaN as a number', { drainedSessions: NaN }],
    ['a negative number', { drainedSessions: -7 }],
  ])('that returns %s for a loss prevents no reconnect', async (_name, answer) => {
    const world = new GatedWorld();
    world.down = false;
    using loose = new LooseEnds();
    const lost = typeof answer === 'function' ? answer : () => answer;
    const { session, dialsAtMs, transport } = world.add({ connectGate: answering({}, { lost }) });
    void session.start();
    await world.clock.advance(20);
    transport.latest.drop();
    await world.clock.advance(5_000);
    expect([dialsAtMs.length, session.state]).toEqual([2, 'websocket_runtime']);
    await world.close();
    expect(loose.warnings).toHaveLength(1);
    await loose.settle();
    expect(loose.found).toEqual([]);
  });

  it('has its reasons in the history, shortened and redacted', async () => {
    const world = new GatedWorld();
    world.down = false;
    const why = `\u202e\nAuthorization: Bearer sk_live_4f9a8b7c6d5e ${'w'.repeat(1_000_000)}`;
    const { session } = world.add({
      connectGate: answering({}, { whyWaiting: () => ({ why, leastMs: 1 }) }),
    });
    void session.start();
    await world.clock.advance(20);
    const waits = session.explain().filter((entry) => entry.kind === 'retry');
    expect(waits.length).toBeGreaterThan(0);
    for (const wait of waits) {
      expect(wait.why.length).toBeLessThanOrEqual(256);
      expect(wait.why).toMatch(/^[^\p{Cc}\u202e]*$/u);
      expect(wait.why).not.toContain('sk_live_4f9a8b7c6d5e');
    }
    await world.close();
  });
});
