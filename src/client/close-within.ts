/**
 * Closes sessions in bounded time, also where one of them hangs. Counts real time: the process ends in that. The closes with `drain`
 * that the application itself has called are counted here, because the end of the process does not cut them short.
 */
import { REAL_TIME } from '../adapters/node/real-timers.js';
import { durationText } from '../core/policy/delay.js';

/** For the close of a connection after a drain. */
const CLOSE_MS = 1_000;

export interface Closing {
  /** The session, as the key of its drains. */
  readonly session: object;
  readonly closed: Promise<void>;
  /** At most so long, but not before drains that the application itself has called are over. */
  readonly timeoutMs: number;
}

/** Resolves when all are closed, or their times are up, with the sessions that are left; a process warning says how many those are. */
export async function closeWithin(closings: readonly Closing[]): Promise<readonly object[]> {
  const inTime = await Promise.all(closings.map(closedInTime));
  const hung = closings.filter((_closing, index) => inTime[index] === false);
  if (hung.length === 0) return [];
  const longestMs = Math.max(...hung.map(({ timeoutMs }) => timeoutMs));
  process.emitWarning(
    `${hung.length} of ${closings.length} avatar sessions did not close within ${durationText(longestMs)}, and are left open`,
    'AvatarKitCloseTimeoutWarning',
  );
  return hung.map(({ session }) => session);
}

async function closedInTime({ session, closed, timeoutMs }: Closing): Promise<boolean> {
  if (await settlesWithin(closed, timeoutMs)) return true;
  if (!hasOwnDrain(session)) return false;
  await ownDrainsOver(session);
  return settlesWithin(closed, CLOSE_MS);
}

/** Whether the promise settles in time, which is real time. */
export function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = REAL_TIME.setTimeout(() => resolve(false), timeoutMs);
    const settled = (): void => {
      REAL_TIME.clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

const drains = new Map<object, Set<Promise<unknown>>>();

/** Counts a drain of a session until it has settled. */
export function addOwnDrain(session: object, drain: Promise<unknown>): void {
  const ofSession = drains.get(session) ?? new Set();
  drains.set(session, ofSession.add(drain));
  const over = (): void => {
    ofSession.delete(drain);
    if (ofSession.size === 0) drains.delete(session);
  };
  drain.then(over, over);
}

function hasOwnDrain(session: object): boolean {
  return drains.has(session);
}

/** Resolves when no drain of the session runs, also not one that begins meanwhile. */
export async function ownDrainsOver(session: object): Promise<void> {
  for (let running = drains.get(session); running !== undefined; running = drains.get(session)) {
    await Promise.allSettled(running);
  }
}
