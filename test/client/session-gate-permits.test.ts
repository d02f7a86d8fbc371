/**
 * Permits of the connect gate are returned, whatever happens to the sessions that have them. Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { GatedWorld } from './gated-world.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a permit comes back', () => {
  it('from a session that is closed at whatever point of its dial', async () => {
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

  it('within the step limits from dials that hang, whatever the transport does', async () => {
    const world = await GatedWorld.recovering();
    const unresponsive = { name: 'deaf', sendsHeaders: true, dial: never };
    for (let n = 0; n < 4; n += 1)
      void world.add({ transport: unresponsive, timeoutMs: 1_000, retry: false }).session.start();
    await world.clock.advance(100);
    // Two dials of one second each, twice, and the probe that follows.
    expect(await world.connectsInMs()).toBeLessThanOrEqual(2_000 + 3_000);
    await world.close();
  });
});
