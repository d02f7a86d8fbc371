/** Of `configure-check` and `emulated-connection`: the check which configuration is confirmed. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, createVirtualClock } from '../../../src/emulator/index.js';
import { newAvatarSession } from '../../../src/index.js';
import {
  AudioFormat,
  EgressType,
  MessageType,
  type ClientConfigureSession,
} from '../../../src/ports/message.js';
import { connect, dial } from '../raw-client.js';

const url = 'wss://room';

describe('the handshake', () => {
  it.each<[string, Partial<ClientConfigureSession>, number, string]>([
    ['a rate that is not supported', { sampleRate: 11_025 }, 0, 'unsupported sample rate: 11025'],
    [
      'a rate that Opus does not have',
      { sampleRate: 44_100, audioFormat: AudioFormat.OGG_OPUS },
      0,
      'unsupported sample rate: 44100',
    ],
    ['compression', { transportCompression: 1 }, 3, 'unsupported transport compression: 1'],
    ['LiveKit without configuration', { egressType: EgressType.liveKit }, 3, 'livekit_egress is missing'],
    [
      'LiveKit without URL',
      { egressType: EgressType.liveKit, livekitEgress: { url: '', apiToken: 't' } },
      3,
      'livekit_egress: url is missing',
    ],
    [
      'LiveKit with half a key pair',
      { egressType: EgressType.liveKit, livekitEgress: { url, apiKey: 'k' } },
      3,
      'missing LiveKit credentials: provide api_token or both api_key and api_secret',
    ],
    ['Agora without configuration', { egressType: EgressType.agora }, 3, 'agora_egress is missing'],
    [
      'Agora without channel',
      { egressType: EgressType.agora, agoraEgress: { channelName: '' } },
      3,
      'agora_egress: channel_name is missing',
    ],
  ])('refuses %s with a ServerError and a close', async (_name, configure, code, message) => {
    await using service = await AvatarEmulator.start();
    const client = await dial(service);
    await client.opened;
    client.configure(configure);
    expect(await client.closed).toEqual({ code: 1008, reason: message });
    expect(client.of(MessageType.serverError)).toMatchObject([
      { code, message, reqId: '', connectionId: '' },
    ]);
    expect(service.log.some(({ event }) => event === 'confirmed')).toBe(false);
  });

  it.each<[string, Partial<ClientConfigureSession>]>([
    ['PCM at 48 kHz', { sampleRate: 48_000 }],
    ['Opus at 12 kHz', { sampleRate: 12_000, audioFormat: AudioFormat.OGG_OPUS }],
    ['LiveKit with a token', { egressType: EgressType.liveKit, livekitEgress: { url, apiToken: 't' } }],
    [
      'LiveKit with a key pair',
      { egressType: EgressType.liveKit, livekitEgress: { url, apiKey: 'k', apiSecret: 's' } },
    ],
    ['Agora', { egressType: EgressType.agora, agoraEgress: { channelName: 'c' } }],
  ])('accepts %s', async (_name, configure) => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service, configure);
    expect(client.of(MessageType.serverError)).toEqual([]);
  });

  const nowS = Math.floor(Date.now() / 1_000);
  const claims = { sub: 'avatar', exp: nowS + 3_600, video: { roomJoin: true, room: 'lobby' } };
  it.each([
    ['a JWT that is valid', jwt(claims), 'any'],
    ['a JWT that is valid, if only JWTs are accepted', jwt({ ...claims, nbf: nowS - 1 }), 'jwt'],
    ['a string that is not a JWT', 'a room token', 'any'],
  ] as const)('accepts as token for a room %s', async (_name, apiToken, roomTokens) => {
    await using service = await AvatarEmulator.start({ roomTokens });
    const client = await connect(service, {
      egressType: EgressType.liveKit,
      livekitEgress: { url, apiToken },
    });
    expect(client.of(MessageType.serverError)).toEqual([]);
  });

  const [header = '', payload = '', signature = ''] = jwt(claims).split('.');
  it.each([
    ['a JWT that has expired', jwt({ ...claims, exp: nowS - 1 }), 'any'],
    ['a JWT that is valid only later', jwt({ ...claims, nbf: nowS + 60 }), 'any'],
    ['a JWT without an expiry', jwt({ sub: 'avatar' }), 'any'],
    ['a JWT without a signature', `${header}.${payload}.`, 'any'],
    ['a JWT that was cut', header, 'any'],
    ['a JWT with one part too many', `${header}.${payload}.${signature}.${signature}`, 'any'],
    ['a JWT whose claims are not an object', `${header}.${btoa('7')}.${signature}`, 'any'],
    ['a JWT whose claims are not JSON', `${header}.${signature}.${signature}`, 'any'],
    ['a JWT whose header is not JSON', `eyJ.${payload}.${signature}`, 'any'],
    ['a string that is not a JWT, if only JWTs are accepted', 'a room token', 'jwt'],
  ] as const)(
    'refuses as token for a room %s, with the message of the room',
    async (_name, apiToken, roomTokens) => {
      await using service = await AvatarEmulator.start({ roomTokens });
      const client = await dial(service);
      await client.opened;
      client.configure({ egressType: EgressType.liveKit, livekitEgress: { url, apiToken } });
      const message = 'failed to create connection: failed to connect to room: unauthorized: invalid token';
      expect(await client.closed).toEqual({ code: 1008, reason: message });
      expect(client.of(MessageType.serverError)).toMatchObject([{ code: 16, message }]);
    },
  );

  it('checks tokens of rooms with the clock of the caller', async () => {
    const clock = createVirtualClock();
    await using service = await AvatarEmulator.start({ clock });
    const apiToken = jwt({ sub: 'avatar', exp: clock.epochMs() / 1_000 + 60 });
    const livekitEgress = { url, apiToken };
    const newSession = () => newAvatarSession({ ...service.sessionOptions, livekitEgress, retry: 'never' });
    const early = newSession();
    await clock.run(early.start());
    await clock.run(early.close());
    await clock.advance(60_000);
    await expect(clock.run(newSession().start())).rejects.toMatchObject({
      code: 'invalidEgressConfig',
      serverCode: '16',
      step: 'handshake',
    });
  });

  it.each([
    ['audio', Uint8Array.from([0x08, 0x03, 0x22, 0x00]), 'expected ClientConfigureSession message'],
    ['an unknown type', Uint8Array.from([0x08, 0x63]), 'expected ClientConfigureSession message'],
    ['garbage', Uint8Array.from([0x0f]), 'failed to unmarshal initial message: invalid protobuf'],
    ['text', 'hello', 'failed to unmarshal initial message: text frame'],
  ])('refuses %s as first message', async (_name, first, message) => {
    await using service = await AvatarEmulator.start();
    const client = await dial(service);
    await client.opened;
    client.ws.send(first);
    expect(await client.closed).toEqual({ code: 1008, reason: message });
    expect(client.of(MessageType.serverError)).toMatchObject([{ code: 0, message }]);
  });

  it('refuses a second configuration and keeps the session', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    client.configure();
    client.audio('r1', new Uint8Array(640), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.of(MessageType.serverError)[0]?.message).toBe(
      'unexpected message type: ClientConfigureSession',
    );
  });

  it('reports how many connections are open', async () => {
    await using service = await AvatarEmulator.start();
    const [one] = [await connect(service), await connect(service)];
    expect(service.openSockets).toBe(2);
    one.ws.terminate();
    const closed = await service.waitFor(({ event }) => event === 'closed');
    expect(closed).toMatchObject({ connection: 1, by: 'client', code: 1006 });
    expect(service.openSockets).toBe(1);
    expect(service.peakOpenSockets).toBe(2);
  });
});

/** A JWT that is signed with an unknown key. */
function jwt(claims: object): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}
