/** A fleet of coordinators for tests, and the requests that the tests make. */
import type { MemoryCoordinator } from '../../src/fleet/memory-coordinator.js';
import type { FleetLimits } from '../../src/fleet/fleet-limits.js';
import type { FleetNews, FleetRequest, FleetWait, Lease } from '../../src/ports/fleet-coordinator.js';

/** The coordinators of one fleet, in place of its processes. */
export interface CoordinatedFleet {
  /** Adds a process to the fleet. A coordinator that has only one process returns itself. */
  join(limits: FleetLimits): MemoryCoordinator;
  /** Lets this much time pass. */
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
/** Adds a process to the fleet with these limits. Default: two sessions, at any pace. */
type Join = (limits?: FleetLimits) => MemoryCoordinator;

/** Wraps a test: it gets its own fleet, which is stopped after it. */
export type InFleet = (test: (fleet: CoordinatedFleet, join: Join) => Promise<void>) => () => Promise<void>;

export function inFleetOf(start: () => Promise<CoordinatedFleet>): InFleet {
  return (test) => async () => {
    const fleet = await start();
    try {
      await test(fleet, (limits) => fleet.join({ maxSessions: 2, dialsPerSecond: Infinity, ...limits }));
    } finally {
      await fleet.stop();
    }
  };
}

/** Publishing returns before it is finished. A later inspection waits until the published state is stored. */
export async function tell(
  coordinator: MemoryCoordinator,
  sessionId: string,
  news: FleetNews,
): Promise<void> {
  coordinator.publish(requestOf(sessionId), news);
  await coordinator.inspect();
}
