/**
 * The coordinator of one process: the same rules as on Redis, without a store. For tests, and for applications that consist of one
 * process. Leases do not expire, because their sessions are in the same process.
 */
import { createSystemClock } from '../adapters/node/system-clock.js';
import { DialLine, QUEUE_KEEP_MS, queueWait, whyFleetWaits } from '../core/fleet/dial-line.js';
import type { LineAsker } from '../core/fleet/dial-line.js';
import { requireOptions } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import type {
  FleetCoordinator,
  FleetMember,
  FleetNews,
  FleetRequest,
  FleetWait,
  Lease,
} from '../ports/fleet-coordinator.js';
import type { FleetSnapshot } from '../ports/fleet-snapshot.js';
import { applyNews, checkLimits } from './fleet-limits.js';
import type { FleetLimits } from './fleet-limits.js';

/** Options of `createMemoryCoordinator`. */
export interface MemoryCoordinatorOptions extends FleetLimits {
  /**
   * The clock.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
}

/** A coordinator whose state is in this process. */
export interface MemoryCoordinator extends FleetCoordinator {
  acquire(request: FleetRequest): Promise<Lease | FleetWait>;
  dial(request: FleetRequest): Promise<FleetWait | undefined>;
  publish(member: FleetMember, news: FleetNews): void;
  /**
   * Removes the lease of a session: its `lost` is aborted, and its connection stays open. Resolves with false if the session has none.
   */
  free(sessionId: string): Promise<boolean>;
  /** The leases by session, and the state of each endpoint. */
  inspect(): Promise<FleetSnapshot>;
}

interface Held {
  readonly member: FleetMember;
  readonly lease: Lease;
  readonly lose: () => void;
}

interface EndpointState {
  readonly line: DialLine;
  readonly held: Map<string, Held>;
  /** Sessions that wait for a place, in the order of their requests. */
  readonly queue: Map<string, { readonly account: string; readonly keptUntilMs: number }>;
  readonly slots: Map<string, number>;
}

/** Claims of probes within this process need no renewal. */
const CLAIM_MS = Infinity;
const WORKER = 'this process';

/**
 * Coordinates the sessions of one process.
 *
 * @throws TypeError or RangeError for a wrong option
 *
 * @example
 * ```ts
 * const coordinator = createMemoryCoordinator({ maxSessions: 20, dialsPerSecond: 10 });
 * const sessions = allOptions.map((one) => newAvatarSession({ ...one, coordinator }));
 * ```
 */
export function createMemoryCoordinator(options: MemoryCoordinatorOptions = {}): MemoryCoordinator {
  const given = requireOptions('', options, ['maxSessions', 'dialsPerSecond', 'clock']);
  const { maxSessions, dialsPerSecond } = checkLimits(given);
  const clock = (given['clock'] as Clock | undefined) ?? createSystemClock();
  const endpoints = new Map<string, EndpointState>();
  const waits = { maxSessions, dialsPerSecond };

  const stateOf = (endpoint: string): EndpointState => {
    const known = endpoints.get(endpoint);
    if (known !== undefined) return known;
    const line = new DialLine({ intervalMs: 1_000 / dialsPerSecond, claimMs: CLAIM_MS });
    const made: EndpointState = { line, held: new Map(), queue: new Map(), slots: new Map() };
    endpoints.set(endpoint, made);
    return made;
  };
  const take = (member: FleetMember): Lease => {
    const { held, slots } = stateOf(member.endpoint);
    const { sessionId } = member;
    const lost = new AbortController();
    const lease: Lease = {
      lost: lost.signal,
      release: () => {
        if (held.get(sessionId)?.lease === lease) held.delete(sessionId);
        slots.delete(sessionId);
      },
    };
    held.set(sessionId, { member, lease, lose: () => lost.abort(new Error('the lease was freed')) });
    return lease;
  };

  return {
    acquire: ({ signal, endpoint, account, sessionId }) =>
      settled(() => {
        signal.throwIfAborted();
        const { held, queue } = stateOf(endpoint);
        const known = held.get(sessionId);
        if (known !== undefined) return known.lease;
        let taken = 0;
        for (const { member } of held.values()) if (member.account === account) taken += 1;
        const nowMs = clock.nowMs();
        const ahead = waitingBefore(queue, sessionId, account, nowMs);
        if (taken + ahead >= maxSessions) {
          // A session that waits already keeps its place.
          queue.set(sessionId, { account, keptUntilMs: nowMs + QUEUE_KEEP_MS });
          const { waitMs, spreadMs } = queueWait(ahead);
          return { waitMs: waitMs + spreadMs / 2, reason: whyFleetWaits('full', waits) };
        }
        queue.delete(sessionId);
        return take({ endpoint, account, sessionId });
      }),
    dial: ({ signal, endpoint, account, sessionId }) =>
      settled(() => {
        signal.throwIfAborted();
        const { line, slots } = stateOf(endpoint);
        const answer = line.ask(askerOf(sessionId), account, slots.get(sessionId), clock.nowMs());
        slots.delete(sessionId);
        if (answer.cause === undefined) return undefined;
        if (answer.slotMs !== undefined) slots.set(sessionId, answer.slotMs);
        return { waitMs: answer.waitMs + answer.spreadMs / 2, reason: whyFleetWaits(answer.cause, waits) };
      }),
    publish: ({ endpoint, account, sessionId }, news) => {
      const { line, held, queue, slots } = stateOf(endpoint);
      if (news.kind === 'left') {
        slots.delete(sessionId);
        queue.delete(sessionId);
      }
      applyNews(line, { asker: askerOf(sessionId), account, sessions: held.size }, news, clock.nowMs());
    },
    free: (sessionId) =>
      settled(() => {
        for (const { held } of endpoints.values()) {
          const found = held.get(sessionId);
          if (found === undefined) continue;
          held.delete(sessionId);
          found.lose();
          return true;
        }
        return false;
      }),
    inspect: () =>
      settled(() => ({
        available: true,
        endpoints: [...endpoints].map(([endpoint, { line, held, queue }]) => ({
          endpoint,
          down: line.isDown,
          waitMs: Math.max(line.notBeforeMs - clock.nowMs(), 0),
          probedBy: line.claimedBy === '' ? undefined : line.claimedBy,
          workers: 1,
          waiting: [...queue.values()].filter(({ keptUntilMs }) => keptUntilMs > clock.nowMs()).length,
          leases: [...held.values()].map(({ member: { account, sessionId } }) => ({
            account,
            sessionId,
            worker: WORKER,
            expiresInMs: Infinity,
          })),
        })),
      })),
  };
}

/** Removes the sessions that have stopped asking. */
function waitingBefore(
  queue: EndpointState['queue'],
  sessionId: string,
  account: string,
  nowMs: number,
): number {
  let ahead = 0;
  for (const [id, waiting] of queue) {
    if (waiting.keptUntilMs <= nowMs && id !== sessionId) queue.delete(id);
    else if (id === sessionId) break;
    else if (waiting.account === account) ahead += 1;
  }
  return ahead;
}

function askerOf(sessionId: string): LineAsker {
  return { sessionId, worker: WORKER, workers: 1 };
}

/** The port is asynchronous, so an error becomes a rejection. */
async function settled<T>(answer: () => T): Promise<T> {
  await Promise.resolve();
  return answer();
}
