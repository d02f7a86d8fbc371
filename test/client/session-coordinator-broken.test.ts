/** Coordinators that break their contract delay a dial, but have no other effect. Virtual time. */
import { describe, expect, it } from 'vitest';
import type { FleetCoordinator, FleetWait, Lease } from '../../src/index.js';
import { closed, ScriptedCoordinator, started, why } from './scripted-coordinator.js';
import type { VirtualSession } from './virtual-session.js';

describe('a coordinator that breaks its contract', () => {
  const never = new Promise<never>(() => undefined);
  it.each<[string, FleetCoordinator['acquire'], string]>([
    [
      'throws',
      () => {
        throw new Error('out of\u0000 order');
      },
      'the coordinator failed: out of order',
    ],
    ['rejects', () => Promise.reject(new Error('broken')), 'the coordinator failed: broken'],
    ['does not answer', () => never, 'the coordinator failed: no answer within 10000 ms'],
    [
      'gives nothing',
      () => Promise.resolve(undefined as never),
      'the coordinator failed: it gave neither a lease nor a wait',
    ],
    [
      'gives a wait without a number',
      () => Promise.resolve({ waitMs: NaN, reason: '' }),
      'the coordinator failed: it gave neither a lease nor a wait',
    ],
  ])('and %s delays a dial, and is called again', async (_name, broken, reason) => {
    const coordinator = new ScriptedCoordinator();
    coordinator.answers = [broken as () => Promise<Lease | FleetWait>];
    const virtual = started(coordinator);
    await virtual.clock.advance(9_000);
    await virtual.clock.advance(3_000);
    expect(virtual.session.state).toBe('websocket_runtime');
    expect(why(virtual)).toEqual([reason]);
    await closed(virtual);
  });

  it('and rejects in its notifications delays no dial, and does not end the process', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const coordinator = new ScriptedCoordinator();
    // TypeScript accepts an async function in place of one that returns void.
    const publish = (): Promise<void> => Promise.reject(new Error('broken'));
    Object.assign(coordinator, { publish });
    const virtual = started(coordinator);
    await virtual.clock.settle();
    expect(virtual.session.state).toBe('websocket_runtime');
    await closed(virtual);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('and returns an infinite wait and a very long reason is called again after a minute', async () => {
    const coordinator = new ScriptedCoordinator();
    coordinator.answers = [() => Promise.resolve({ waitMs: Infinity, reason: 'x'.repeat(5_000_000) })];
    const virtual = started(coordinator);
    await virtual.clock.advance(59_000);
    expect(virtual.dialsAtMs).toEqual([]);
    await virtual.clock.advance(2_000);
    expect(virtual.dialsAtMs).toHaveLength(1);
    expect(why(virtual)[0]?.length).toBeLessThan(2_000);
    await closed(virtual);
  });

  it('and throws in its notifications, or whose release never settles, delays the end only for a short time', async () => {
    const coordinator: FleetCoordinator = {
      acquire: () => Promise.resolve({ lost: new AbortController().signal, release: () => never }),
      publish: () => {
        throw new Error('broken');
      },
    };
    const virtual = started(coordinator);
    await virtual.clock.settle();
    expect(virtual.session.state).toBe('websocket_runtime');
    const closing = virtual.session.close();
    await virtual.clock.advance(600);
    await closing;
    expect(virtual.clock.pendingTimers).toBe(0);
  });
});

describe('a coordinator whose leases are lost', () => {
  const reasons = ({ session }: VirtualSession): string[] =>
    session.explain().flatMap((entry) => (entry.kind === 'lease' ? [entry.reason] : []));

  it('is called once per second if each lease is lost from the beginning, and no dial begins', async () => {
    const coordinator = new ScriptedCoordinator();
    let asked = 0;
    coordinator.acquire = () => {
      asked += 1;
      return Promise.resolve({ lost: AbortSignal.abort(), release: () => undefined });
    };
    const virtual = started(coordinator);
    await virtual.clock.advance(10_000);
    expect(virtual.dialsAtMs).toEqual([]);
    expect(asked).toBeLessThanOrEqual(11);
    expect(asked).toBeGreaterThan(5);
    expect(why(virtual)).toEqual(['the coordinator failed: it gave a lease that was lost already']);
    await closed(virtual);
  });

  it('is called once per second if each lease is lost at once', async () => {
    const coordinator = new ScriptedCoordinator();
    let asked = 0;
    coordinator.acquire = () => {
      asked += 1;
      const lost = new AbortController();
      void Promise.resolve().then(() => lost.abort());
      return Promise.resolve({ lost: lost.signal, release: () => undefined });
    };
    const virtual = started(coordinator);
    await virtual.clock.advance(10_000);
    expect(asked).toBeLessThanOrEqual(12);
    expect(asked).toBeGreaterThan(5);
    await closed(virtual);
  });

  it('prevents the dial of a session whose lease was lost while it waited for its turn', async () => {
    const coordinator = new ScriptedCoordinator();
    let turns = 0;
    coordinator.dial = () => {
      turns += 1;
      if (turns === 1) coordinator.lose();
      return Promise.resolve(undefined);
    };
    coordinator.answers = [
      () => Promise.resolve(coordinator.lease()),
      ...Array.from({ length: 3 }, () => () => Promise.resolve({ waitMs: 10_000, reason: 'full' })),
    ];
    const virtual = started(coordinator);
    await virtual.clock.advance(9_000);
    expect(virtual.dialsAtMs).toEqual([]);
    await virtual.clock.advance(41_000);
    expect(virtual.dialsAtMs).toHaveLength(1);
    expect(reasons(virtual)).toContain(
      'the session has lost its lease: it continues, and asks for another one',
    );
    await closed(virtual);
  });
});
