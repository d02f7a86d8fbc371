/**
 * Audio is written faster than the uplink sends it, over real sockets: to a line whose buffers accept all of it at once,
 * and to a peer that reads slowly. The times of the heartbeat and the duration of the speech are a tenth of the usual
 * ones.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError } from '../../src/index.js';
import { decodeClientMessage } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import { FaultProxy } from '../support/fault-proxy.js';

const HEARTBEAT = { intervalMs: 500, timeoutMs: 500 };
const livekitEgress = { url: 'wss://room.test', apiToken: 'token', roomName: 'room', publisherId: 'avatar' };

describe('an uplink whose buffers accept everything at once', () => {
  it.concurrent.each([
    [64_000, 'without egress', {}],
    [200_000, 'without egress', {}],
    [400_000, 'without egress', {}],
    [64_000, 'with egress', { livekitEgress }],
    [400_000, 'with egress', { livekitEgress }],
  ] as const)(
    'and forwards %i bytes per second, %s: all audio is sent over one connection',
    async (...given) => {
      const [bytesPerSecond, , options] = given;
      await using service = await AvatarEmulator.start({ playoutSpeed: 1_000 });
      const place = { direction: 'toService', from: 'headEnd', atByte: 0 } as const;
      const faults = [{ connection: 'always', place, fault: { kind: 'throttle', bytesPerSecond } } as const];
      const targetPort = Number(new URL(service.ingressEndpointUrl).port);
      await using proxy = await FaultProxy.start({ targetPort, faults });
      const ingress = new URL(service.ingressEndpointUrl);
      ingress.port = String(proxy.port);
      const errors: AvatarSDKError[] = [];
      await using session = newAvatarSession({
        ...service.credentials,
        consoleEndpointUrl: service.consoleEndpointUrl,
        ingressEndpointUrl: ingress.href,
        heartbeat: HEARTBEAT,
        onError: (error) => errors.push(error),
        ...options,
      });
      await session.start();
      const spoken = session.speak(new Uint8Array(4 * bytesPerSecond));
      expect(await spoken.finished).toMatchObject({ outcome: 'delivered' });
      expect([errors, proxy.taken]).toEqual([[], 1]);
    },
  );
});

describe('a service that reads slowly', () => {
  it('gets answers to its pings while audio is sent, and does not lose the connection', async () => {
    const bytesPerSecond = 400_000;
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    let connections = 0;
    const waitsMs: number[] = [];
    server.on('connection', (socket) => {
      connections += 1;
      readSlowly(socket, bytesPerSecond);
      pingOften(socket, waitsMs);
    });
    const { port } = server.address() as AddressInfo;
    await using session = newAvatarSession({
      appId: 'app',
      avatarId: 'avatar',
      tokenProvider: () => 'token-of-a-test',
      ingressEndpointUrl: `ws://127.0.0.1:${port}`,
      heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
    });
    await session.start();
    expect(await session.speak(new Uint8Array(5 * bytesPerSecond)).finished).toMatchObject({
      outcome: 'delivered',
    });
    expect(connections).toBe(1);
    expect(waitsMs.length).toBeGreaterThan(3);
    expect(Math.max(...waitsMs)).toBeLessThan(2_000);
    server.close();
  });
});

/**
 * Reads messages at this rate, and answers a request when it has all of it. The rest waits in the buffers of the
 * operating system.
 */
function readSlowly(socket: WebSocket, bytesPerSecond: number): void {
  const startedAtMs = performance.now();
  let readBytes = 0;
  const timer = setInterval(() => {
    const isAhead = readBytes > ((performance.now() - startedAtMs) / 1000) * bytesPerSecond;
    if (isAhead) socket.pause();
    else socket.resume();
  }, 5);
  socket.on('close', () => clearInterval(timer));
  socket.on('message', (data: Buffer) => {
    const message = decodeClientMessage(data);
    if (message.type === MessageType.clientConfigureSession) {
      const type = MessageType.serverConfirmSession;
      socket.send(encodeServerMessage({ type, connectionId: 'c', capabilities: [] }));
    }
    if (message.type !== MessageType.clientAudioInput) return;
    readBytes += message.audio.length;
    if (!message.end) return;
    const { reqId } = message;
    const end = { connectionId: 'c', end: true, avatarId: '', keyframes: [] };
    socket.send(encodeServerMessage({ type: MessageType.serverResponseAnimation, reqId, ...end }));
  });
}

/** Sends one ping after the other, half a second apart, and records how long each answer took. */
function pingOften(socket: WebSocket, waitsMs: number[]): void {
  let sentAtMs = 0;
  const ping = (): void => {
    sentAtMs = performance.now();
    socket.ping();
  };
  const timer = setInterval(ping, 500);
  socket.on('pong', () => waitsMs.push(performance.now() - sentAtMs));
  socket.on('close', () => clearInterval(timer));
}
