/** A fleet of coordinators for the tests of one, and what they ask of it. */
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

/** Makes a test of what it needs: a fleet of its own, which ends with it. */
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

/** Publishing returns before it is done: the news is there when an inspection that follows it is. */
export async function tell(
  coordinator: MemoryCoordinator,
  sessionId: string,
  news: FleetNews,
): Promise<void> {
  coordinator.publish(requestOf(sessionId), news);
  await coordinator.inspect();
}
