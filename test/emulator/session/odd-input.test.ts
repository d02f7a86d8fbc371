/** Unusual input of a custom client: it is answered or ignored, and logged, and does not stop the service. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { AudioFormat, MessageType } from '../../../src/ports/message.js';
import { connect, dial, newToken, RawClient } from '../raw-client.js';
import { tone } from '../pcm.js';
import { WebSocket } from 'ws';

describe('odd input', () => {
  it('audio without a request id is refused, and the connection stays open', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    client.audio('', tone(40), true);
    client.audio('r1', tone(40), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.of(MessageType.serverError)).toMatchObject([
      { code: 3, reqId: '', message: 'req_id is empty' },
    ]);
  });

  it('an interrupt, a pause and a resume without a request are logged and have no effect', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    client.interrupt('unknown');
    client.pause('unknown');
    client.resume('unknown');
    client.audio('r1', tone(40), true);
    client.resume('r1');
    await client.until(() => client.hasEnded('r1'));
    await client.roundTrip();
    expect(service.log).toContainEqual(
      expect.objectContaining({ event: 'interrupted', reqId: 'unknown', known: false }),
    );
    expect(service.log.filter(({ event }) => event === 'ignored').length).toBeGreaterThanOrEqual(2);
    expect(client.of(MessageType.serverPlaybackState)).toEqual([]);
  });

  it('a trace context is logged with its audio', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    const traceContext = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    client.send({
      type: MessageType.clientAudioInput,
      reqId: 'r1',
      end: true,
      audio: tone(40),
      traceContext,
    });
    await client.until(() => client.hasEnded('r1'));
    expect(service.log).toContainEqual(expect.objectContaining({ event: 'audio', ...traceContext }));
  });

  it('audio that is not Ogg fails its request in an Ogg session', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service, { audioFormat: AudioFormat.OGG_OPUS });
    client.audio(
      'r1',
      Uint8Array.from({ length: 100 }, () => 7),
      true,
    );
    await client.until(() => client.of(MessageType.serverError).length === 1);
    expect(client.of(MessageType.serverError)).toMatchObject([{ code: 3, reqId: 'r1' }]);
  });
});

describe('an odd upgrade', () => {
  it('with credentials in both places, or in none, is logged with this fact', async () => {
    await using service = await AvatarEmulator.start();
    const token = await newToken(service);
    const { appId, avatarId } = service.credentials;
    const url = `${service.ingressEndpointUrl}/websocket?id=${avatarId}&appId=other&sessionKey=other`;
    const both = new RawClient(
      new WebSocket(url, { headers: { 'X-App-ID': appId, 'X-Session-Key': token } }),
    );
    await both.opened;
    const none = new RawClient(new WebSocket(`${service.ingressEndpointUrl}/websocket`));
    expect(await none.refused).toMatchObject({ status: 400, body: '{"message":"Invalid session token"}\n' });
    const modes = service.log.flatMap((entry) =>
      entry.event === 'upgradeRequested' ? [entry.authMode] : [],
    );
    expect(modes).toEqual(['both', 'none']);
  });

  it('of another path gets 404', async () => {
    await using service = await AvatarEmulator.start();
    const other = new RawClient(new WebSocket(`${service.ingressEndpointUrl}/elsewhere`));
    expect(await other.refused).toMatchObject({ status: 404 });
  });

  it('above the concurrency limit sends no Retry-After unless one is configured', async () => {
    await using service = await AvatarEmulator.start({ maxSessions: 1 });
    await connect(service);
    const refusal = await (await dial(service)).refused;
    expect(refusal.status).toBe(429);
    expect(refusal.headers).not.toHaveProperty('retry-after');
  });
});
