/** The time limit of the steps of later dials in an outage: retry.patienceMs. Virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSessionPlan } from './virtual-session.js';

type Service = VirtualSessionPlan['service'];

/** A service that never answers an upgrade. */
const unresponsive: Service = () => undefined;
const limitsOf = (errors: readonly Error[]): (string | undefined)[] =>
  errors.map(({ message }) => /timed out after (\d+) ms/.exec(message)?.[1]);

async function givenUp(
  options: Partial<AvatarSessionOptions>,
  service = unresponsive,
): Promise<ReturnType<typeof virtualSession>> {
  const run = virtualSession({ service, options });
  run.session.start().catch(() => undefined);
  await run.clock.until(() => run.closes.length > 0);
  return run;
}

describe('the steps of the dials of an outage', () => {
  it('have the limit timeoutMs for two dials and patienceMs from the third dial on', async () => {
    const { errors } = await givenUp({ timeoutMs: 4_000, retry: { maxAttempts: 5 } });
    expect(limitsOf(errors)).toEqual(['4000', '4000', '30000', '30000', '30000']);
  });

  it.each<[string, Partial<AvatarSessionOptions>, Service]>([
    ['the token', { tokenProvider: () => new Promise<string>(() => undefined) }, unresponsive],
    ['the handshake', {}, (dial) => void dial.accept()],
  ])('have the same limits %s', async (_step, options, service) => {
    const retry = { maxAttempts: 3, patienceMs: 6_000, backoff: { baseMs: 10 } };
    const { clock, errors } = await givenUp({ ...options, timeoutMs: 1_000, retry }, service);
    expect(errors).toHaveLength(3);
    expect(clock.nowMs()).toBeGreaterThan(8_000);
    expect(clock.nowMs()).toBeLessThan(8_200);
  });

  it('never have a limit below timeoutMs', async () => {
    const retry = { maxAttempts: 4, patienceMs: 1_000 };
    const { errors } = await givenUp({ timeoutMs: 4_000, retry });
    expect(limitsOf(errors)).toEqual(Array(4).fill('4000'));
  });

  it('never have more than the rest of maxElapsedMs', async () => {
    const { clock, errors } = await givenUp({ timeoutMs: 4_000, retry: { maxElapsedMs: 30_000 } });
    expect(clock.nowMs()).toBeLessThanOrEqual(30_001);
    expect(Number(limitsOf(errors).at(-1))).toBeLessThan(22_000);
    expect(errors.at(-1)).toMatchObject({ reason: 'elapsed' });
  });

  it('have the limit timeoutMs with the preset interactive', async () => {
    const { errors } = await givenUp({
      timeoutMs: 1_000,
      retry: { preset: 'interactive', maxElapsedMs: 60_000, maxAttempts: 4 },
    });
    expect(limitsOf(errors)).toEqual(Array(4).fill('1000'));
  });

  it('have the limit timeoutMs again in the next outage', async () => {
    const service: Service = (dial, clock) => {
      if (dial.number > 4) return;
      if (dial.number < 4) {
        dial.refuse(new UpgradeRefused(503, {}, ''));
        return;
      }
      const socket = dial.confirm();
      clock.schedule(20_000, () => socket.drop(1006));
    };
    const { errors } = await givenUp({ timeoutMs: 4_000, retry: { maxAttempts: 4 } }, service);
    expect(limitsOf(errors)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      ...['4000', '4000', '30000', '30000'],
    ]);
  });
});

describe('a dial that waits in a queue of the service', () => {
  it('is confirmed after 25 s, and not aborted before', async () => {
    const run = virtualSession({
      service: (dial, clock) => {
        if (dial.number < 3) dial.refuse(new UpgradeRefused(503, {}, ''));
        else clock.schedule(25_000, () => void dial.confirm());
      },
    });
    const started = run.session.start();
    await run.clock.until(() => run.session.state === 'websocket_runtime');
    await expect(started).resolves.toBe('connection-3');
    expect(run.dialsAtMs).toHaveLength(3);
    const closed = run.session.close();
    await run.clock.advance(2_000);
    await closed;
  });
});
