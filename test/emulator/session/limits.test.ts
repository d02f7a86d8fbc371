/** Limits of a connection, from the view of a bare client. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { EgressType } from '../../../src/ports/message.js';
import { tone } from '../pcm.js';
import { connect, dial } from '../raw-client.js';

describe('the limits of a session', () => {
  it.each([1008, 1011] as const)('closes with %i if no audio arrives', async (idleCloseCode) => {
    await using service = await AvatarEmulator.start({ idleTimeoutMs: 40, idleCloseCode });
    const client = await connect(service);
    expect(await client.closed).toEqual({ code: idleCloseCode, reason: 'no audio input for 0.04s' });
    expect(await service.waitFor(({ event }) => event === 'closed')).toMatchObject({ by: 'service' });
  });

  it('counts the idle time from the last audio', async () => {
    await using service = await AvatarEmulator.start({ idleTimeoutMs: 1_000 });
    const client = await connect(service);
    const confirmedAtMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.audio('r1', tone(20), false);
    await client.closed;
    expect(performance.now() - confirmedAtMs).toBeGreaterThanOrEqual(1_290);
  });

  it("uses the room's own idle time with LiveKit", async () => {
    await using service = await AvatarEmulator.start();
    const livekitEgress = { url: 'wss://room', apiToken: 't', idleTimeout: 1 };
    const client = await connect(service, { egressType: EgressType.liveKit, livekitEgress });
    expect(await client.closed).toEqual({ code: 1008, reason: 'livekit silence timeout' });
  });

  it('closes with 4002 after the maximum session time', async () => {
    await using service = await AvatarEmulator.start({ maxSessionMs: 40 });
    const client = await connect(service);
    expect(await client.closed).toEqual({ code: 4002, reason: 'session time limit reached' });
  });

  it('closes all sessions with 4001 when their common credit is used up, and refuses new ones', async () => {
    await using service = await AvatarEmulator.start({ creditMs: 2_000 });
    const startedAtMs = performance.now();
    const clients = [await connect(service), await connect(service)];
    const closes = await Promise.all(clients.map(async ({ closed }) => closed));
    expect(closes).toEqual(Array(2).fill({ code: 4001, reason: 'Credits exhausted' }));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(990);
    expect(await (await dial(service)).refused).toMatchObject({ status: 402 });
  });

  it('does not bill a closed session', async () => {
    await using service = await AvatarEmulator.start({ creditMs: 60_000 });
    const client = await connect(service);
    client.ws.terminate();
    await service.waitFor(({ event }) => event === 'closed');
    await (
      await dial(service)
    ).opened;
    expect(service.openSockets).toBe(1);
  });

  it('closes with 1009 when a message is too large', async () => {
    await using service = await AvatarEmulator.start({ maxMessageBytes: 1_000 });
    const client = await connect(service);
    client.audio('r1', new Uint8Array(2_000), false);
    expect((await client.closed).code).toBe(1009);
  });
});
