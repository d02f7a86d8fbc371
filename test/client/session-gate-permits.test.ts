/**
 * Permits of the connect gate are returned in every case. Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { GatedWorld } from './gated-world.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a permit is returned', () => {
  it('by a session that is closed at any point of its dial', async () => {
    const world = await GatedWorld.recovering();
    let answer: (token: string) => void = () => undefined;
    const waiting = world.add({ tokenProvider: () => new Promise((resolve) => (answer = resolve)) });
    const preparing = world.add({ tokenProvider: never });
    const dialling = world.add();
    for (const { session } of [waiting, preparing, dialling]) void session.start();
    await world.clock.advance(50);
    for (const { session } of [waiting, preparing, dialling]) void session.close();
    answer('late');
    await world.clock.advance(10);
    expect(await world.connectsInMs()).toBeLessThanOrEqual(50);
    await world.close();
  });

  it('within the step limits by dials that hang, also if the transport ignores the abort', async () => {
    const world = await GatedWorld.recovering();
    const unresponsive = { name: 'deaf', sendsHeaders: true, dial: never };
    for (let n = 0; n < 4; n += 1)
      void world.add({ transport: unresponsive, timeoutMs: 1_000, retry: false }).session.start();
    await world.clock.advance(100);
    // Two rounds of two dials of one second each, and the probe after them.
    expect(await world.connectsInMs()).toBeLessThanOrEqual(2_000 + 3_000);
    await world.close();
  });
});
