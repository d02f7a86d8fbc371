/** What every coordinator owes the sessions of a fleet, wherever its state is. Run by the test file of each coordinator. */
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
    'gives as many leases as sessions may be open, to all processes together',
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
    'gives a place to the next one when it is released, once',
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
    'lets a session keep its lease when it asks again',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      const lease = leaseOf(await coordinator.acquire(requestOf('a')));
      expect(leaseOf(await coordinator.acquire(requestOf('a')))).toBe(lease);
      await lease.release();
      leaseOf(await coordinator.acquire(requestOf('b')));
    }),
  );

  it(
    'counts accounts, and endpoints, apart',
    inFleet(async (_fleet, join) => {
      const coordinator = join({ maxSessions: 1 });
      leaseOf(await coordinator.acquire(requestOf('a')));
      leaseOf(await coordinator.acquire(requestOf('b', { account: 'another' })));
      leaseOf(await coordinator.acquire(requestOf('c', { endpoint: 'wss://other.test/v2' })));
      waitOf(await coordinator.acquire(requestOf('d')));
    }),
  );

  it(
    'has no limit of sessions where none is given',
    inFleet(async (fleet) => {
      const coordinator = fleet.join({});
      for (const id of ['a', 'b', 'c', 'd', 'e']) leaseOf(await coordinator.acquire(requestOf(id)));
    }),
  );

  it(
    'gives a place to the one who has waited longest, in whichever process, and to no newcomer',
    inFleet(async (fleet, join) => {
      const [one, other] = [join({ maxSessions: 1 }), join({ maxSessions: 1 })];
      const first = leaseOf(await one.acquire(requestOf('a')));
      for (const [coordinator, id] of [
        [other, 'b'],
        [one, 'c'],
        [other, 'd'],
      ] as const) {
        waitOf(await coordinator.acquire(requestOf(id)));
        // A place in the line is a time.
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
    'has no idle place because of who waits for it: as many come in as there is room for',
    inFleet(async (_fleet, join) => {
      const [one, other] = [join(), join()];
      const leases = [leaseOf(await one.acquire(requestOf('a'))), leaseOf(await one.acquire(requestOf('b')))];
      for (const id of ['c', 'd', 'e']) waitOf(await other.acquire(requestOf(id)));
      for (const lease of leases) await lease.release();
      // The second in the line asks first.
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
    'skips a waiting session that stopped asking',
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
    'aborts `lost` of a lease that an operator frees, and gives its place to others',
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
