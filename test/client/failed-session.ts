/** Sessions in virtual time that have failed and may be restarted. */
import { expect } from 'vitest';
import type { AvatarSessionOptions } from '../../src/index.js';
import { startedVirtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

/** Every dial is confirmed; the session does not reconnect. */
export function fragileSession(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  return startedVirtualSession({
    service: (dial) => void dial.confirm(),
    options: { retry: false, ...options },
  });
}

/** A fragile session that has lost its first connection. */
export async function failedSession(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  const run = await fragileSession(options);
  run.transport.latest.drop(4002, 'session time limit');
  await run.clock.settle();
  expect(run.session.state).toBe('closed');
  return run;
}

/** What the promise settles with, after everything that needs no time. */
export async function settled<T>(
  { clock }: VirtualSession,
  promise: Promise<T>,
): Promise<PromiseSettledResult<T>> {
  const result = Promise.allSettled([promise]);
  await clock.settle();
  return (await result)[0];
}
