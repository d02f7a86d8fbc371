/** Faults of the handshake from the view of a bare client: configuration and confirmation. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, type Fault, type FaultIn } from '../../../src/emulator/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { connect, dial, type RawClient } from '../raw-client.js';

async function configured(service: AvatarEmulator): Promise<RawClient> {
  const client = await dial(service);
  await client.opened;
  client.configure();
  return client;
}

async function withFault(
  fault: FaultIn<'handshake'>,
): Promise<{ service: AvatarEmulator; client: RawClient }> {
  const service = await AvatarEmulator.start({ faults: [fault] });
  return { service, client: await configured(service) };
}

const { serverConfirmSession, serverError, serverResponseAnimation } = MessageType;

describe('faults in the handshake', () => {
  it.each<[string, FaultIn<'handshake'>, { code: number; reason: string }]>([
    ['a reset', { kind: 'reset', phase: 'handshake' }, { code: 1006, reason: '' }],
    [
      'a close',
      { kind: 'close', phase: 'handshake', code: 4003, reason: 'full' },
      { code: 4003, reason: 'full' },
    ],
    ['half a frame', { kind: 'truncate', phase: 'handshake', variant: 'frame' }, { code: 1006, reason: '' }],
  ])('ends the connection by %s, unconfirmed', async (_name, fault, close) => {
    const { service, client } = await withFault(fault);
    expect(await client.closed).toEqual(close);
    expect(client.of(serverConfirmSession)).toEqual([]);
    await service.stop();
  });

  it('refuses with a ServerError and its close', async () => {
    const thenClose = { code: 4010, reason: 'invalid session token' };
    const { service, client } = await withFault({
      kind: 'serverError',
      phase: 'handshake',
      code: 4010,
      message: 'invalid session token',
      thenClose,
    });
    expect(await client.closed).toEqual(thenClose);
    expect(client.arrivals).toMatchObject([
      { type: serverError, code: 4010, message: 'invalid session token' },
    ]);
    await service.stop();
  });

  it.each<[string, FaultIn<'handshake'>, Partial<RawClient['arrivals'][number]>]>([
    ['garbage', { kind: 'garble', phase: 'handshake' }, { type: 'undecodable' }],
    [
      'half an envelope',
      { kind: 'truncate', phase: 'handshake', variant: 'message' },
      { type: 'undecodable' },
    ],
    ['text', { kind: 'textFrame', phase: 'handshake' }, { type: 'text' }],
    ['frames', { kind: 'foreignFrames', phase: 'handshake' }, { type: serverResponseAnimation }],
    [
      'no id',
      { kind: 'emptyConnectionId', phase: 'handshake' },
      { type: serverConfirmSession, connectionId: '' },
    ],
  ])('sends %s first', async (_name, fault, first) => {
    const { service, client } = await withFault(fault);
    await client.until((arrivals) => arrivals.length > 0);
    expect(client.arrivals[0]).toMatchObject(first);
    await service.stop();
  });

  it.each<[string, FaultIn<'handshake'>, boolean]>([
    ['hangs and answers pings', { kind: 'hang', phase: 'handshake' }, true],
    ['is silent and answers no pings', { kind: 'silence', phase: 'handshake' }, false],
  ])('%s', async (_name, fault, answers) => {
    const { service, client } = await withFault(fault);
    await service.waitFor(({ event }) => event === 'configured');
    const pong = client.roundTrip().then(() => true);
    const patience = new Promise<boolean>((resolve) => setTimeout(resolve, answers ? 5_000 : 100, false));
    expect(await Promise.race([pong, patience])).toBe(answers);
    expect(client.arrivals).toEqual([]);
    await service.stop();
  });

  it.each<[string, FaultIn<'handshake'>]>([
    ['garbage', { kind: 'garble', phase: 'handshake' }],
    ['half an envelope', { kind: 'truncate', phase: 'handshake', variant: 'message' }],
    ['a silence that ends', { kind: 'silence', phase: 'handshake', durationMs: 50 }],
  ])('confirms after %s', async (_name, fault) => {
    const { service, client } = await withFault(fault);
    await client.until(() => client.of(serverConfirmSession).length === 1);
    client.audio('r1', new Uint8Array(640), true);
    await client.until(() => client.hasEnded('r1'));
    expect(client.keyframes('r1')).toHaveLength(1);
    await service.stop();
  });

  it('confirms late, and handles messages sent meanwhile', async () => {
    const faults: Fault[] = [{ kind: 'delay', phase: 'handshake', delayMs: 60 }];
    await using service = await AvatarEmulator.start({ faults });
    const client = await configured(service);
    client.audio('r1', new Uint8Array(640), true);
    const startedAtMs = performance.now();
    await client.until(() => client.hasEnded('r1'));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(50);
    expect(client.arrivals.map(({ type }) => type)).toEqual([serverConfirmSession, serverResponseAnimation]);
  });

  it.each<[string, FaultIn<'handshake'>, number]>([
    ['without a close frame', { kind: 'acceptThenDrop', phase: 'handshake', dropAfterMs: 20 }, 1006],
    ['with a code', { kind: 'acceptThenDrop', phase: 'handshake', code: 1013 }, 1013],
  ])('confirms, then drops %s', async (_name, fault, code) => {
    const { service, client } = await withFault(fault);
    expect((await client.closed).code).toBe(code);
    expect(client.of(serverConfirmSession)).toHaveLength(1);
    expect(await service.waitFor(({ event }) => event === 'closed')).toMatchObject({ by: 'fault' });
    await service.stop();
  });

  it('omits a capability, and behaves accordingly', async () => {
    const fault: Fault = { kind: 'missingCapability', phase: 'handshake', capability: 'playback_state' };
    await using service = await AvatarEmulator.start({ faults: [fault], pace: 1 });
    const client = await connect(service);
    expect(client.of(serverConfirmSession)[0]?.capabilities).toEqual(['playback_control']);
    client.audio('r1', new Uint8Array(6_400), false);
    client.interrupt('r1');
    await client.roundTrip();
    expect(client.of(MessageType.serverPlaybackState)).toEqual([]);
  });

  it('sends the confirmation, an unknown type and frames in one piece', async () => {
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'confirmThenFrames', phase: 'handshake', count: 2 }],
    });
    const client = await dial(service);
    const segments: number[] = [];
    client.ws.once('upgrade', ({ socket }) => {
      socket.on('data', (bytes: Buffer) => segments.push(bytes.length));
    });
    await client.opened;
    client.configure();
    await client.until((arrivals) => arrivals.length === 4);
    expect(client.arrivals.map(({ type }) => type)).toEqual([serverConfirmSession, 'ignored', 5, 5]);
    expect(segments).toHaveLength(1);
  });
});
