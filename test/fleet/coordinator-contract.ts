/**
 * The contract of every coordinator for the sessions of a fleet, independent of where it stores its state.
 * Each coordinator's test file runs it.
 */
import { describe, expect, it } from 'vitest';
import { ENDPOINT, inFleetOf, leaseOf, requestOf, tell, waitOf } from './coordinated-fleet.js';
import type { CoordinatedFleet, InFleet } from './coordinated-fleet.js';
import { dialsInTurn } from './coordinated-dials.js';

export function describeCoordinator(name: string, start: () => Promise<CoordinatedFleet>): void {
  describe.concurrent(`${name}, as a coordinator`, () => {
    const inFleet = inFleetOf(start);
    countsSessions(inFleet);
    dialsInTurn(inFleet);
  });
}

function countsSessions(inFleet: InFleet): void {
  it(
    'gives as many leases as sessions may be open, in all processes together',
    inFleet(async (_fleet, join) => {
      const [one, other] = [join(), join()];
      const lease = leaseOf(await one.acquire(requestOf('a')));
      expect(lease.lost.aborted).toBe(false);
      leaseOf(await other.acquire(requestOf('b')));
      const { waitMs, reason } = waitOf(await one.acquire(requestOf('c')));
      expect(waitMs).toBeGreaterThan(0);
      expect(reason).toBe('the fleet has its 2 sessions: one must end first');
    }),
  );

  it(
    'gives a released place to one waiting session',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      const first = leaseOf(await coordinator.acquire(requestOf('a')));
      await first.release();
      const second = leaseOf(await coordinator.acquire(requestOf('b')));
      await first.release();
      waitOf(await coordinator.acquire(requestOf('c')));
      expect(second.lost.aborted).toBe(false);
      expect(first.lost.aborted).toBe(false);
    }),
  );

  it(
    'keeps the lease of a session that asks again',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      const lease = leaseOf(await coordinator.acquire(requestOf('a')));
      expect(leaseOf(await coordinator.acquire(requestOf('a')))).toBe(lease);
      await lease.release();
      leaseOf(await coordinator.acquire(requestOf('b')));
    }),
  );

  it(
    'counts accounts and endpoints separately',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      leaseOf(await coordinator.acquire(requestOf('a')));
      leaseOf(await coordinator.acquire(requestOf('b', { account: 'another' })));
      leaseOf(await coordinator.acquire(requestOf('c', { endpoint: 'wss://other.test/v2' })));
      waitOf(await coordinator.acquire(requestOf('d')));
    }),
  );

  it(
    'has no limit of sessions if none is configured',
    inFleet(async (fleet) => {
      const coordinator = fleet.join({});
      for (const id of ['a', 'b', 'c', 'd', 'e']) leaseOf(await coordinator.acquire(requestOf(id)));
    }),
  );

  it(
    'gives a free place to the session that has waited longest, in any process, and not to a new one',
    inFleet(async (fleet, join) => {
      const [one, other] = [join({ maxSessions: 1 }), join({ maxSessions: 1 })];
      const first = leaseOf(await one.acquire(requestOf('a')));
      for (const [coordinator, id] of [
        [other, 'b'],
        [one, 'c'],
        [other, 'd'],
      ] as const) {
        waitOf(await coordinator.acquire(requestOf(id)));
        // Positions in the queue are times, so the times must differ.
        await fleet.pass(2);
      }
      await first.release();
      waitOf(await one.acquire(requestOf('newcomer')));
      waitOf(await other.acquire(requestOf('d')));
      waitOf(await one.acquire(requestOf('c')));
      const second = leaseOf(await other.acquire(requestOf('b')));
      await second.release();
      waitOf(await other.acquire(requestOf('d')));
      leaseOf(await one.acquire(requestOf('c')));
    }),
  );

  it(
    'admits as many waiting sessions as there are free places',
    inFleet(async (_fleet, join) => {
      const [one, other] = [join(), join()];
      const leases = [leaseOf(await one.acquire(requestOf('a'))), leaseOf(await one.acquire(requestOf('b')))];
      for (const id of ['c', 'd', 'e']) waitOf(await other.acquire(requestOf(id)));
      for (const lease of leases) await lease.release();
      // The second session of the queue asks first.
      leaseOf(await other.acquire(requestOf('d')));
      waitOf(await other.acquire(requestOf('e')));
      leaseOf(await other.acquire(requestOf('c')));
    }),
  );

  it(
    'reports how many sessions wait for a place, without those that stopped waiting',
    inFleet(async (_fleet, join) => {
      const [one, other] = [join({ maxSessions: 1 }), join({ maxSessions: 1 })];
      const first = leaseOf(await one.acquire(requestOf('a')));
      for (const id of ['b', 'c']) waitOf(await other.acquire(requestOf(id)));
      expect((await one.inspect()).endpoints[0]?.waiting).toBe(2);
      await tell(other, 'b', { kind: 'left' });
      expect((await one.inspect()).endpoints[0]?.waiting).toBe(1);
      await first.release();
      leaseOf(await other.acquire(requestOf('c')));
      expect((await one.inspect()).endpoints[0]?.waiting).toBe(0);
    }),
  );

  it(
    'skips a waiting session that no longer asks',
    { timeout: 20_000 },
    inFleet(async (fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      const first = leaseOf(await coordinator.acquire(requestOf('a')));
      waitOf(await coordinator.acquire(requestOf('silent')));
      await fleet.pass(3_000);
      waitOf(await coordinator.acquire(requestOf('c')));
      await first.release();
      waitOf(await coordinator.acquire(requestOf('c')));
      await fleet.pass(2_500);
      leaseOf(await coordinator.acquire(requestOf('c')));
    }),
  );

  it(
    'rejects with the reason of a signal that is aborted, and keeps no place for it',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      const reason = new Error('over');
      const signal = AbortSignal.abort(reason);
      await expect(coordinator.acquire(requestOf('a', { signal }))).rejects.toBe(reason);
      await expect(coordinator.dial(requestOf('a', { signal }))).rejects.toBe(reason);
      leaseOf(await coordinator.acquire(requestOf('b')));
    }),
  );

  it(
    'aborts `lost` of a lease that an operator frees, and gives its place to another session',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      const { lost } = leaseOf(await coordinator.acquire(requestOf('a')));
      expect(await coordinator.free('a')).toBe(true);
      expect(lost.aborted).toBe(true);
      expect(await coordinator.free('a')).toBe(false);
      leaseOf(await coordinator.acquire(requestOf('b')));
    }),
  );

  it(
    'lists which session has which lease',
    inFleet(async (_fleet, join) => {
      const coordinator = join();
      await coordinator.acquire(requestOf('a'));
      const { available, endpoints } = await coordinator.inspect();
      expect(available).toBe(true);
      expect(endpoints).toMatchObject([
        {
          endpoint: ENDPOINT,
          down: false,
          waitMs: 0,
          workers: 1,
          leases: [{ account: 'app', sessionId: 'a' }],
        },
      ]);
    }),
  );
}
