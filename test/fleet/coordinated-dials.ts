/**
 * The contract of every coordinator for sessions of a fleet that dial: the pace of dials, the waits that the
 * service asks for, and probes of an endpoint that is down.
 */
import { expect, it } from 'vitest';
import type { MemoryCoordinator } from '../../src/fleet/memory-coordinator.js';
import { requestOf, tell, waitOf } from './coordinated-fleet.js';
import type { InFleet } from './coordinated-fleet.js';

async function bringDown(one: MemoryCoordinator, other: MemoryCoordinator): Promise<void> {
  for (const coordinator of [one, other, one]) {
    await coordinator.acquire(requestOf('failing'));
    await tell(coordinator, 'failing', { kind: 'unreachable' });
  }
}

export function dialsInTurn(inFleet: InFleet): void {
  it(
    'keeps the pace of dials for all processes together, and gives each waiting session a place in the queue',
    inFleet(async (fleet, join) => {
      const [one, other] = [join({ dialsPerSecond: 2 }), join({ dialsPerSecond: 2 })];
      expect(await one.dial(requestOf('a'))).toBeUndefined();
      const second = waitOf(await other.dial(requestOf('b')));
      const third = waitOf(await one.dial(requestOf('c')));
      expect(second.reason).toBe('the fleet dials this endpoint at most 2 times per second');
      expect(third.waitMs).toBeGreaterThan(second.waitMs + 250);
      expect(third.waitMs).toBeLessThanOrEqual(1_000);
      await fleet.pass(Math.ceil(third.waitMs) + 1);
      expect(await other.dial(requestOf('b'))).toBeUndefined();
      expect(await one.dial(requestOf('c'))).toBeUndefined();
    }),
  );

  it(
    'permits no dial before the time that the service asked for',
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
    'does not apply a wait of %d ms to other sessions: the session that got it handles it',
    (delayMs) =>
      inFleet(async (_fleet, join) => {
        const [one, other] = [join(), join()];
        await tell(one, 'a', { kind: 'hint', scope: 'endpoint', delayMs });
        expect(await other.dial(requestOf('b'))).toBeUndefined();
      })(),
  );

  it(
    'applies the wait of one account to no other account',
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
    'gives the probe to another session when the session that has it stops',
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
}
