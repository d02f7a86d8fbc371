/** The fault of an early segment end, from the view of a bare client. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, animate } from '../../../src/emulator/index.js';
import { tone } from '../pcm.js';
import { connect } from '../raw-client.js';

describe('an end before the client has ended', () => {
  it('is the end of a segment: the request continues and ends once more', async () => {
    const pcm = tone(1_000);
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'earlyEnd', phase: 'runtime', afterKeyframes: 3 }],
    });
    const client = await connect(service);
    client.audio('r1', pcm, false);
    await client.roundTrip();
    expect(client.animations('r1').map(({ end }) => end)).toEqual([
      false,
      false,
      false,
      true,
      ...Array<boolean>(21).fill(false),
    ]);
    client.audio('r1', pcm, true);
    await client.until(() => client.animations('r1').at(-1)?.end === true);
    expect(client.keyframes('r1')).toEqual(animate(Buffer.concat([pcm, pcm]), 16_000));
  });
});
