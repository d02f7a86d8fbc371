/** A provider whose calls hang now and then, and many sessions that dial again: no hung call stops them all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProviderTokenSource } from '../../../src/adapters/token/provider-token-source.js';
import type { TokenProviderRequest } from '../../../src/adapters/token/provider-token-source.js';
import { DeadlinePassed } from '../../../src/ports/end-signal.js';
import { VirtualClock } from '../../virtual-clock.js';

const LIMIT_MS = 1_000;
const ANSWER_MS = 10;

interface World {
  /** When each session first dials, and how long it waits after a failure. */
  readonly sessions: readonly { readonly atMs: number; readonly delayMs: number }[];
  /** Which calls never settle, counted from the second: the first one shows that the tokens are reusable. */
  readonly hung: readonly boolean[];
}

/** Returns how long the slowest session took to get a token, and how often the provider was called. */
async function run({
  sessions,
  hung,
}: World): Promise<{ readonly slowestMs: number; readonly calls: number }> {
  const clock = new VirtualClock();
  const later = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.schedule(ms, () => resolve()));
  let calls = 0;
  const provider = async (_request: TokenProviderRequest) => {
    calls += 1;
    if (hung[calls - 2] === true) await new Promise(() => undefined);
    await later(ANSWER_MS);
    const lifeMs = calls === 1 ? ANSWER_MS + LIMIT_MS : 3_600_000;
    return { token: `t${calls}`, reusable: true, expiresAt: new Date(clock.epochMs() + lifeMs) };
  };
  const source = createProviderTokenSource(provider, clock);
  const attempt = async (): Promise<boolean> => {
    const step = new AbortController();
    const timer = clock.schedule(LIMIT_MS, () => step.abort(new DeadlinePassed(LIMIT_MS)));
    const fetched = source.fetchToken({ reason: 'reconnect', signal: step.signal });
    const isThere = await fetched.then(
      () => true,
      () => false,
    );
    timer.cancel();
    return isThere;
  };
  let slowestMs = 0;
  const dial = async (atMs: number, delayMs: number): Promise<void> => {
    await later(atMs);
    while (!(await attempt())) await later(delayMs);
    slowestMs = Math.max(slowestMs, clock.nowMs() - atMs);
  };
  const first = attempt();
  await clock.advance(LIMIT_MS);
  await first;
  const all = Promise.all(sessions.map(({ atMs, delayMs }) => dial(LIMIT_MS + atMs, delayMs)));
  await clock.advance(300_000);
  await all;
  return { slowestMs: slowestMs - LIMIT_MS, calls };
}

const worlds = fc.record({
  sessions: fc.array(
    fc.record({ atMs: fc.integer({ min: 0, max: 3_000 }), delayMs: fc.integer({ min: 1, max: 1_000 }) }),
    { minLength: 1, maxLength: 30 },
  ),
  hung: fc.array(fc.boolean(), { maxLength: 4 }),
});

describe('a provider whose calls hang', () => {
  it('delays each session by two time limits for each hung call, and is called at most once more for each', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const hangs = world.hung.filter(Boolean).length;
        const { slowestMs, calls } = await run(world);
        expect(slowestMs).toBeLessThanOrEqual((2 * hangs + 1) * (LIMIT_MS + 1_000));
        expect(calls).toBeLessThanOrEqual(2 + world.hung.length);
      }),
      { numRuns: 60 },
    );
  });
});
