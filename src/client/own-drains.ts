/** The closes with `drain` that the application itself has called and that still run: the end of the process does not cut them short. */

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

export function hasOwnDrain(session: object): boolean {
  return drains.has(session);
}

/** Resolves when no drain of the session runs, also not one that begins meanwhile. */
export async function ownDrainsOver(session: object): Promise<void> {
  for (let running = drains.get(session); running !== undefined; running = drains.get(session)) {
    await Promise.allSettled(running);
  }
}
