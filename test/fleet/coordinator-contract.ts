/** What every coordinator owes the sessions of a fleet, wherever its state is. Run by the test file of each coordinator. */
import { describe, expect, it } from 'vitest';
import type { MemoryCoordinator } from '../../src/fleet/memory-coordinator.js';
import type { FleetLimits } from '../../src/fleet/fleet-limits.js';
import type { FleetNews, FleetRequest, FleetWait, Lease } from '../../src/ports/fleet-coordinator.js';

/** Coordinators of one fleet, in place of its processes. */
export interface CoordinatedFleet {
  /** One more process of the fleet; where there can be only one, the same again. */
  join(limits: FleetLimits): MemoryCoordinator;
  /** Lets that much time pass. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export const ENDPOINT = 'wss://ingress.test/v2';

export function requestOf(sessionId: string, changes: Partial<FleetRequest> = {}): FleetRequest {
  const { signal } = new AbortController();
  return { endpoint: ENDPOINT, account: 'app', sessionId, signal, ...changes };
}

export function leaseOf(answer: Lease | FleetWait): Lease {
  if ('release' in answer) return answer;
  throw new Error(`no lease: ${answer.reason}`);
}

export function waitOf(answer: Lease | FleetWait | undefined): FleetWait {
  if (answer !== undefined && 'waitMs' in answer) return answer;
  throw new Error('no wait');
}

/** A process of the fleet with these limits; by default two sessions, at any pace. */
type Join = (limits?: FleetLimits) => MemoryCoordinator;

export function describeCoordinator(name: string, start: () => Promise<CoordinatedFleet>): void {
  describe.concurrent(`${name}, as a coordinator`, () => {
    const inFleet =
      (test: (fleet: CoordinatedFleet, join: Join) => Promise<void>) => async (): Promise<void> => {
        const fleet = await start();
        try {
          await test(fleet, (limits) => fleet.join({ maxSessions: 2, dialsPerSecond: Infinity, ...limits }));
        } finally {
          await fleet.stop();
        }
      };
    /** Publishing returns before it is done: the news is there when an inspection that follows it is. */
    const tell = async (
      coordinator: MemoryCoordinator,
      sessionId: string,
      news: FleetNews,
    ): Promise<void> => {
      coordinator.publish(requestOf(sessionId), news);
      await coordinator.inspect();
    };
    const bringDown = async (one: MemoryCoordinator, other: MemoryCoordinator): Promise<void> => {
      for (const coordinator of [one, other, one]) {
        await coordinator.acquire(requestOf('failing'));
        await tell(coordinator, 'failing', { kind: 'unreachable' });
      }
    };

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
        const leases = [
          leaseOf(await one.acquire(requestOf('a'))),
          leaseOf(await one.acquire(requestOf('b'))),
        ];
        for (const id of ['c', 'd', 'e']) waitOf(await other.acquire(requestOf(id)));
        for (const lease of leases) await lease.release();
        // The second in the line asks first.
        leaseOf(await other.acquire(requestOf('d')));
        waitOf(await other.acquire(requestOf('e')));
        leaseOf(await other.acquire(requestOf('c')));
      }),
    );

    it(
      'says how many wait for a place, and forgets those who give up',
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
      'passes over one who waits and asks no more',
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
      'says who has which lease',
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

    it(
      'keeps the pace of dials, for all processes together, with a place for each who waits',
      inFleet(async (fleet, join) => {
        const [one, other] = [join({ dialsPerSecond: 10 }), join({ dialsPerSecond: 10 })];
        expect(await one.dial(requestOf('a'))).toBeUndefined();
        const second = waitOf(await other.dial(requestOf('b')));
        const third = waitOf(await one.dial(requestOf('c')));
        expect(second.reason).toBe('the fleet dials this endpoint at most 10 times per second');
        expect(third.waitMs).toBeGreaterThan(second.waitMs + 50);
        expect(third.waitMs).toBeLessThanOrEqual(200);
        await fleet.pass(Math.ceil(third.waitMs) + 1);
        expect(await other.dial(requestOf('b'))).toBeUndefined();
        expect(await one.dial(requestOf('c'))).toBeUndefined();
      }),
    );

    it(
      'lets nobody dial before the time that the service asked for',
      inFleet(async (_fleet, join) => {
        const [one, other] = [join(), join()];
        expect(await one.dial(requestOf('a'))).toBeUndefined();
        await tell(one, 'a', { kind: 'hint', scope: 'endpoint', delayMs: 30_000 });
        const { waitMs, reason } = waitOf(await other.dial(requestOf('b', { account: 'another' })));
        expect(reason).toBe('the service asked the fleet to wait');
        expect(waitMs).toBeGreaterThan(29_000);
        expect(waitMs).toBeLessThanOrEqual(31_000);
      }),
    );

    it.each([3_600_000, Infinity, NaN, -1])(
      'keeps a wait of %d ms from others: whoever got it decides',
      (delayMs) =>
        inFleet(async (_fleet, join) => {
          const [one, other] = [join(), join()];
          await tell(one, 'a', { kind: 'hint', scope: 'endpoint', delayMs });
          expect(await other.dial(requestOf('b'))).toBeUndefined();
        })(),
    );

    it(
      'keeps a wait that was asked of one account from the others',
      inFleet(async (_fleet, join) => {
        const [one, other] = [join(), join()];
        await tell(one, 'a', { kind: 'hint', scope: 'account', delayMs: 30_000 });
        expect(waitOf(await other.dial(requestOf('b'))).waitMs).toBeGreaterThan(29_000);
        expect(await other.dial(requestOf('c', { account: 'another' }))).toBeUndefined();
      }),
    );

    it(
      'lets one session of the fleet probe an endpoint that is down',
      inFleet(async (fleet, join) => {
        const [one, other] = [join(), join()];
        await bringDown(one, other);
        expect(waitOf(await one.dial(requestOf('a'))).reason).toMatch(/^the endpoint is down/);
        await fleet.pass(300);
        expect(await other.dial(requestOf('b'))).toBeUndefined();
        expect(waitOf(await one.dial(requestOf('a'))).reason).toBe(
          'the endpoint is down for the whole fleet, and one session probes it',
        );
        await tell(other, 'b', { kind: 'unreachable' });
        await fleet.pass(300);
        waitOf(await one.dial(requestOf('a')));
        await fleet.pass(300);
        expect(await one.dial(requestOf('a'))).toBeUndefined();
        await tell(one, 'a', { kind: 'answered' });
        expect(await other.dial(requestOf('b'))).toBeUndefined();
        expect(await one.dial(requestOf('c'))).toBeUndefined();
      }),
    );

    it(
      'hands the probe on when the session that has it gives up',
      inFleet(async (fleet, join) => {
        const [one, other] = [join(), join()];
        await bringDown(one, other);
        await fleet.pass(300);
        expect(await one.dial(requestOf('a'))).toBeUndefined();
        await tell(one, 'a', { kind: 'left' });
        expect(await other.dial(requestOf('b'))).toBeUndefined();
      }),
    );

    it(
      'paces the dials after a drain by the number of sessions',
      inFleet(async (_fleet, join) => {
        const coordinator = join({ maxSessions: 100 });
        const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
        await Promise.all(ids.map((id) => coordinator.acquire(requestOf(id))));
        await tell(coordinator, '0', { kind: 'drain' });
        const answers = await Promise.all(ids.slice(0, 5).map((id) => coordinator.dial(requestOf(id))));
        const waitsMs = answers.map((answer) => answer?.waitMs ?? 0);
        expect(waitsMs[0]).toBe(0);
        expect(Math.max(...waitsMs)).toBeGreaterThan(20);
        expect(Math.max(...waitsMs)).toBeLessThanOrEqual(40);
      }),
    );
  });
}
