/** The fault `deaf` from the view of a bare client: a service that reads nothing. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { tone } from '../pcm.js';
import { connect } from '../raw-client.js';

describe('a service with the fault deaf', () => {
  it.each([
    [{}, true],
    [{ pongs: false }, false],
  ])('reads nothing, answers nothing and keeps the connection, with %j', async (how, answersPings) => {
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'deaf', phase: 'runtime', ...how }],
    });
    const client = await connect(service);
    await service.waitFor(({ event }) => event === 'faultFired');
    client.audio('r1', tone(100), true);
    const pong = client.roundTrip().then(() => true);
    expect(await Promise.race([pong, new Promise((resolve) => setTimeout(resolve, 100, false))])).toBe(
      answersPings,
    );
    expect(service.log.filter(({ event }) => event === 'audio' || event === 'animation')).toEqual([]);
    expect(service.openSockets).toBe(1);
    client.ws.terminate();
    await service.waitFor(({ event }) => event === 'closed');
  });
});
