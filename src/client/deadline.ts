/** Gives one asynchronous step its time: the step is aborted when the time is up, or when its owner is aborted. */
import type { Clock, Timer } from '../ports/clock.js';

/** The reason with which a step is aborted when its time is up, and the error that the caller then gets. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly timeoutMs: number;
  constructor(timeoutMs: number) {
    super(`took longer than ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * For a step that waits for a peer: its time is counted in so many parts that really passed. A stall of the event loop costs one of
 * them, however long it was, because the peer could answer meanwhile, but we could neither read nor ask on.
 */
export const AWAKE_PARTS = 4;

/**
 * Runs `step` with a signal that aborts after `timeoutMs` (reason: DeadlinePassed) or with `owner` (its reason). The step
 * is trusted to reject once its signal aborts. An answer that was waiting in the socket when the time was up still counts. No
 * timer and no listener outlives the returned promise.
 *
 * @param parts in how many parts the time is counted; 1, the default, is plain time, stalls included
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  owner: AbortSignal,
  step: (signal: AbortSignal) => Promise<T>,
  parts = 1,
): Promise<T> {
  owner.throwIfAborted();
  const controller = new AbortController();
  const onOwnerAbort = (): void => controller.abort(owner.reason);
  owner.addEventListener('abort', onOwnerAbort, { once: true });
  let partsLeft = parts;
  const schedule = (): Timer => clock.schedule(timeoutMs / parts, partPassed);
  const partPassed = (): void => {
    partsLeft -= 1;
    if (partsLeft > 0) timer = schedule();
    // A late timer runs before the sockets are read. Once the step has settled its signal means nothing any more.
    else clock.afterPendingInput(() => controller.abort(new DeadlinePassed(timeoutMs)));
  };
  let timer = schedule();
  try {
    return await step(controller.signal);
  } finally {
    timer.cancel();
    owner.removeEventListener('abort', onOwnerAbort);
  }
}
