/** One connection of the embedded service, from the view of a bare client. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, animate } from '../../../src/emulator/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { pieces, tone } from '../pcm.js';
import { connect, dial } from '../raw-client.js';

describe('a conversation with the embedded service', () => {
  it('confirms a configured session with a connection id and its capabilities', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    const [confirmation] = client.of(MessageType.serverConfirmSession);
    expect(confirmation?.connectionId).toMatch(/^conn-000001-[0-9a-f]{8}$/);
    expect(confirmation?.capabilities).toEqual(['playback_control', 'playback_state']);
  });

  it('answers audio with exactly the keyframes of that audio, in order, and one end', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    const pcm = tone(1_010);
    for (const piece of pieces(pcm, 641)) client.audio('r1', piece, false);
    client.audio('r1', new Uint8Array(0), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.keyframes('r1')).toEqual(animate(pcm, 16_000));
    expect(client.animations('r1').map(({ end }) => end)).toEqual([...Array<boolean>(25).fill(false), true]);
  });

  it('ends a request without audio with a message without keyframes', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    client.audio('r1', new Uint8Array(0), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.animations('r1')).toEqual([{ end: true, keyframes: [] }]);
  });

  it('keeps two requests on one connection separate', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    const [one, two] = [tone(400, 1), tone(400, 2)];
    client.audio('r1', one.subarray(0, 5_000), false);
    client.audio('r2', two, true);
    client.audio('r1', one.subarray(5_000), true);
    await client.until(() => client.hasEnded('r1') && client.hasEnded('r2'));
    expect(client.keyframes('r1')).toEqual(animate(one, 16_000));
    expect(client.keyframes('r2')).toEqual(animate(two, 16_000));
  });

  it.each([
    [3, [3, 3, 3, 1]],
    [10, [10]],
    [1, Array<number>(10).fill(1)],
  ])(
    'puts %i keyframes into a message, and the rest into the last one',
    async (keyframesPerMessage, sizes) => {
      await using service = await AvatarEmulator.start({ keyframesPerMessage });
      const client = await connect(service);
      for (const piece of pieces(tone(400), 640)) client.audio('r1', piece, false);
      client.audio('r1', new Uint8Array(0), true);
      await client.until(() => client.hasEnded('r1'));
      const got = client.animations('r1').map(({ keyframes }) => keyframes.length);
      expect(got.filter((size) => size > 0)).toEqual(sizes);
      expect(client.keyframes('r1')).toEqual(animate(tone(400), 16_000));
    },
  );

  it('paces keyframes at a multiple of real time when configured', async () => {
    await using service = await AvatarEmulator.start({ pace: 10 });
    const client = await connect(service);
    const startedAtMs = performance.now();
    client.audio('r1', tone(1_000), true);
    await client.until(() => client.hasEnded('r1'));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(90);
    expect(client.keyframes('r1')).toEqual(animate(tone(1_000), 16_000));
  });

  it('stops generating when interrupted and ignores later audio of that request', async () => {
    await using service = await AvatarEmulator.start({ pace: 'realtime' });
    const client = await connect(service);
    client.audio('r1', tone(5_000), false);
    await client.until(() => client.keyframes('r1').length >= 2);
    client.interrupt('r1');
    client.audio('r1', tone(200), true);
    await client.roundTrip();
    const sent = client.keyframes('r1').length;
    client.audio('r2', new Uint8Array(0), true);
    await client.until(() => client.hasEnded('r2'));
    expect(client.keyframes('r1')).toHaveLength(sent);
    expect(client.hasEnded('r1')).toBe(false);
    expect(client.of(MessageType.serverPlaybackState)).toMatchObject([
      { reqId: 'r1', state: 4, reason: 'explicit' },
    ]);
  });

  it('delays keyframes during a pause, and sends all of them after it', async () => {
    // The service is slow, so that most keyframes are left when the pause arrives, even on a busy machine.
    await using service = await AvatarEmulator.start({ pace: 'realtime' });
    const client = await connect(service);
    client.audio('r1', tone(1_500), true);
    await client.until(() => client.keyframes('r1').length >= 3);
    client.pause('r1');
    await client.until(() => client.of(MessageType.serverPlaybackState).length === 1);
    const paused = client.keyframes('r1').length;
    await client.roundTrip();
    expect(client.keyframes('r1')).toHaveLength(paused);
    client.resume('r1');
    await client.until(() => client.hasEnded('r1'));
    expect(client.keyframes('r1')).toEqual(animate(tone(1_500), 16_000));
    expect(client.of(MessageType.serverPlaybackState).map(({ state }) => state)).toEqual([2, 1]);
  });

  it('accepts query authentication as well as headers, and logs which one was used', async () => {
    await using service = await AvatarEmulator.start();
    await (
      await dial(service, { query: true })
    ).opened;
    await (
      await dial(service)
    ).opened;
    const modes = service.log.flatMap((entry) =>
      entry.event === 'upgradeRequested' ? [entry.authMode] : [],
    );
    expect(modes).toEqual(['query', 'header']);
  });

  it('reports undecodable input and continues, and ignores unknown types', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    client.ws.send('hello');
    client.ws.send(Uint8Array.from([0x0f, 1, 2]));
    client.ws.send(Uint8Array.from([0x08, 0x63]));
    client.audio('r1', tone(40), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.of(MessageType.serverError).map(({ message }) => message)).toEqual([
      'failed to unmarshal message: text frame',
      'failed to unmarshal message: invalid protobuf',
    ]);
    expect(service.log).toContainEqual(expect.objectContaining({ event: 'ignored', detail: 'type 99' }));
  });
});
