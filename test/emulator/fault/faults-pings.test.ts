/** Pings of the service, and pings that it does not answer, from the view of a bare client. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { tone } from '../pcm.js';
import { connect } from '../raw-client.js';

describe('a service that answers no pings', () => {
  it('still answers speech', async () => {
    await using service = await AvatarEmulator.start({ faults: [{ kind: 'noPongs', phase: 'runtime' }] });
    const client = await connect(service);
    await service.waitFor(({ event }) => event === 'faultFired');
    let pongs = 0;
    client.ws.on('pong', () => (pongs += 1));
    client.ws.ping();
    client.audio('r1', tone(100), true);
    await service.waitFor(({ event }) => event === 'ended');
    expect([pongs, service.openSockets]).toEqual([0, 1]);
    client.ws.terminate();
    await service.waitFor(({ event }) => event === 'closed');
  });
});

describe('a burst of pings', () => {
  it.each([
    [{}, 61],
    [{ count: 3 }, 3],
  ])('%j has %i pings', async (how, count) => {
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'pingBurst', phase: 'runtime', afterMs: 20, ...how }],
    });
    const client = await connect(service);
    let pings = 0;
    await new Promise<void>((resolve) => {
      client.ws.on('ping', () => {
        pings += 1;
        if (pings === count) resolve();
      });
    });
    expect(pings).toBe(count);
    client.ws.terminate();
  });
});
