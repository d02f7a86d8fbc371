/** Gives one asynchronous step its time: the step is aborted when the time is up, or when its owner is aborted. */
import type { Clock } from '../ports/clock.js';

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
 * Runs `step` with a signal that aborts after `timeoutMs` (reason: DeadlinePassed) or with `owner` (its reason). The step
 * is trusted to reject once its signal aborts. No timer and no listener outlives the returned promise.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  owner: AbortSignal,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  owner.throwIfAborted();
  const controller = new AbortController();
  const onOwnerAbort = (): void => controller.abort(owner.reason);
  owner.addEventListener('abort', onOwnerAbort, { once: true });
  const timer = clock.schedule(timeoutMs, () => controller.abort(new DeadlinePassed(timeoutMs)));
  try {
    return await step(controller.signal);
  } finally {
    timer.cancel();
    owner.removeEventListener('abort', onOwnerAbort);
  }
}
