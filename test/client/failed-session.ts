/** Functions that make sessions in virtual time which have failed and can be restarted. */
import { expect } from 'vitest';
import type { AvatarSessionOptions } from '../../src/index.js';
import { startedVirtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

/** A session that does not reconnect, at a service that confirms every dial. */
export function fragileSession(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  return startedVirtualSession({
    service: (dial) => void dial.confirm(),
    options: { retry: false, ...options },
  });
}

/** A session that does not reconnect and has lost its first connection. */
export async function failedSession(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  const run = await fragileSession(options);
  run.transport.latest.drop(4002, 'session time limit');
  await run.clock.settle();
  expect(run.session.state).toBe('closed');
  return run;
}

/** The result of the promise, without any virtual time passing. */
export async function settled<T>(
  { clock }: VirtualSession,
  promise: Promise<T>,
): Promise<PromiseSettledResult<T>> {
  const result = Promise.allSettled([promise]);
  await clock.settle();
  return (await result)[0];
}
