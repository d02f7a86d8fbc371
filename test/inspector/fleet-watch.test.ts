/**
 * What the inspector shows of the fleets of its sessions: the lists of their coordinators, and the facts that
 * are known without them.
 */
import { describe, expect, it } from 'vitest';
import { createMemoryCoordinator } from '../../src/fleet/memory-coordinator.js';
import { FleetWatch } from '../../src/inspector/fleet-watch.js';
import type { FleetSession } from '../../src/inspector/fleet-watch.js';
import type { FleetEndpointView, FleetView } from '../../src/inspector/protocol.js';
import type { FleetCoordinator } from '../../src/ports/fleet-coordinator.js';
import type { FleetSnapshot } from '../../src/ports/fleet-snapshot.js';
import { ENDPOINT, leaseOf, requestOf, waitOf } from '../fleet/coordinated-fleet.js';

const NOW_MS = Date.now();

function sessionOf(coordinator: FleetCoordinator, sessionId: string, hasLease = true): FleetSession {
  const { endpoint, account } = requestOf(sessionId);
  return {
    id: `session ${sessionId}`,
    fleet: { coordinator, member: { endpoint, account, sessionId }, hasLease },
  };
}

/** Reads the views once, waits for the answers of the coordinators, and reads the views again. */
async function viewsOf(sessions: readonly FleetSession[], laterMs = 1_000): Promise<readonly FleetView[]> {
  const watch = new FleetWatch();
  watch.look(sessions, NOW_MS);
  await new Promise((resolve) => setImmediate(resolve));
  watch.look(sessions, NOW_MS + laterMs);
  return watch.views;
}

function onlyEndpoint(views: readonly FleetView[]): FleetEndpointView | undefined {
  expect(views.map(({ endpoints }) => endpoints.length)).toEqual([1]);
  return views[0]?.endpoints[0];
}

/** A coordinator that supports only `inspect`, with this answer. */
function answering(inspect?: () => unknown): FleetCoordinator {
  const acquire = (): Promise<never> => Promise.reject(new Error('not asked here'));
  return { acquire, ...(inspect === undefined ? {} : { inspect: inspect as () => Promise<FleetSnapshot> }) };
}

const RIGHT: FleetSnapshot = {
  available: true,
  endpoints: [
    {
      endpoint: ENDPOINT,
      down: true,
      waitMs: 2_000,
      probedBy: 'other',
      workers: 2,
      waiting: 3,
      leases: [
        { account: 'app', sessionId: 'other', worker: 'host:1', expiresInMs: 9_000 },
        { account: 'app', sessionId: 'own', worker: 'host:2', expiresInMs: 9_000 },
      ],
    },
  ],
};

describe('the fleets of the inspector', () => {
  it('are none if no session has a coordinator', async () => {
    expect(await viewsOf([{ id: 'alone', fleet: undefined }])).toEqual([]);
  });

  it('have the leases of the coordinator, those of this process first, and the waiting sessions', async () => {
    const coordinator = createMemoryCoordinator({ maxSessions: 2 });
    leaseOf(await coordinator.acquire(requestOf('other')));
    leaseOf(await coordinator.acquire(requestOf('own')));
    waitOf(await coordinator.acquire(requestOf('waiting')));
    const views = await viewsOf([sessionOf(coordinator, 'own'), sessionOf(coordinator, 'waiting', false)]);
    expect(onlyEndpoint(views)).toMatchObject({ endpoint: ENDPOINT, held: 2, waiting: 1, down: false });
    expect(onlyEndpoint(views)?.leases.map(({ fleetId, session }) => [fleetId, session])).toEqual([
      ['own', 'session own'],
      ['other', ''],
    ]);
  });

  it('have the state of an endpoint in the fleet, and the ends of leases', async () => {
    const views = await viewsOf([
      sessionOf(
        answering(() => Promise.resolve(RIGHT)),
        'own',
      ),
    ]);
    const view = onlyEndpoint(views);
    expect(view).toMatchObject({ down: true, probedBy: 'other', workers: 2, waiting: 3 });
    expect((view?.waitUntilMs ?? 0) - NOW_MS).toBeGreaterThanOrEqual(2_000);
    expect(view?.leases.every(({ endsAtMs }) => (endsAtMs ?? 0) - NOW_MS >= 9_000)).toBe(true);
  });

  it('have only the leases of this process if the coordinator can’t list, or does not answer', async () => {
    const broken: Readonly<Record<string, FleetCoordinator>> = {
      'no list': answering(),
      throws: answering(() => {
        throw new Error('broken');
      }),
      rejects: answering(() => Promise.reject(new Error('broken'))),
      'store away': answering(() => Promise.resolve({ available: false, endpoints: [] })),
      nothing: answering(() => Promise.resolve({ available: true, endpoints: null })),
      'invalid leases': answering(() =>
        Promise.resolve({ available: true, endpoints: [{ endpoint: ENDPOINT, leases: 7 }] }),
      ),
    };
    for (const [name, coordinator] of Object.entries(broken)) {
      const views = await viewsOf([sessionOf(coordinator, 'own'), sessionOf(coordinator, 'new', false)]);
      expect(views[0]?.source, name).toBe(name === 'no list' ? 'unlisted' : 'silent');
      expect(onlyEndpoint(views), name).toMatchObject({ held: 1, workers: null, waiting: null });
      expect(onlyEndpoint(views)?.leases, name).toMatchObject([{ fleetId: 'own', session: 'session own' }]);
    }
  });

  it('do not ask a coordinator again that has not answered, and report that after 5 s', async () => {
    let asked = 0;
    const silent = answering(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    expect((await viewsOf([sessionOf(silent, 'own')]))[0]?.source).toBe('fleet');
    expect(asked).toBe(1);
    expect((await viewsOf([sessionOf(silent, 'own')], 5_001))[0]?.source).toBe('silent');
  });

  it('are the same object while nothing changes, and send 500 leases at most', async () => {
    const coordinator = createMemoryCoordinator();
    for (let at = 0; at < 600; at += 1) leaseOf(await coordinator.acquire(requestOf(`session-${at}`)));
    const watch = new FleetWatch();
    const sessions = [sessionOf(coordinator, 'session-599')];
    watch.look(sessions, NOW_MS);
    await new Promise((resolve) => setImmediate(resolve));
    watch.look(sessions, NOW_MS + 1_000);
    const { views } = watch;
    expect(onlyEndpoint(views)).toMatchObject({ held: 600 });
    expect(onlyEndpoint(views)?.leases).toHaveLength(500);
    expect(onlyEndpoint(views)?.leases[0]?.session).toBe('session session-599');
    watch.look(sessions, NOW_MS + 2_000);
    expect(watch.views).toBe(views);
  });
});
