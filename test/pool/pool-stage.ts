/** Sets up a pool in virtual time, with a scripted service. */
import { createSeededRandom, UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { createSessionPool } from '../../src/pool/session-pool.js';
import type { SessionPool, SessionPoolOptions } from '../../src/pool/session-pool.js';
import { FakeTransport } from '../client/fake-transport.js';
import type { FakeDial } from '../client/fake-transport.js';
import { VirtualClock } from '../virtual-clock.js';

export interface PoolStage {
  readonly pool: SessionPool;
  readonly clock: VirtualClock;
  readonly transport: FakeTransport;
}

export const settled = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error);
export const confirm = (dial: FakeDial): void => void dial.confirm();
export const unknownApp = (dial: FakeDial): void => dial.refuse(new UpgradeRefused(404, {}, ''));

export function stage(
  pooled: Partial<SessionPoolOptions> = {},
  service: (dial: FakeDial) => void = confirm,
  options: Partial<AvatarSessionOptions> = {},
): PoolStage {
  const clock = new VirtualClock();
  const transport = new FakeTransport(service);
  const common = { appId: 'app', avatarId: 'avatar', ingressEndpointUrl: 'wss://ingress.test/v2' };
  const random = createSeededRandom(1);
  const session = (): AvatarSessionOptions => ({
    ...common,
    tokenProvider: () => 'token',
    transport,
    clock,
    random,
    heartbeat: false,
    retry: 'never',
    ...options,
  });
  return { pool: createSessionPool({ size: 2, session, clock, random, ...pooled }), clock, transport };
}

/** The value of a promise that settles within a minute of virtual time. */
export async function settledAt<Value>(clock: VirtualClock, promise: Promise<Value>): Promise<Value> {
  const state = { isSettled: false };
  const done = (): void => void (state.isSettled = true);
  promise.then(done, done);
  await clock.settle();
  if (!state.isSettled) await clock.until(() => state.isSettled, 60_000);
  return promise;
}
