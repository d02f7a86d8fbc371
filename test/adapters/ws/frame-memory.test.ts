/**
 * Frames of many connections are built in the same memory, and each peer still gets what was sent, also when it
 * reads late.
 */
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { leaveFrame, passingFrameOf } from '../../../src/adapters/ws/frame-memory.js';
import { createWsTransport } from '../../../src/adapters/ws/ws-transport.js';
import type { TransportConnection } from '../../../src/ports/transport.js';
import { RecordingSink } from '../recording-sink.js';
import { waitFor } from '../../support/wait-for.js';

async function startServer(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  return server;
}

async function connect(server: WebSocketServer): Promise<{ near: TransportConnection; far: WebSocket }> {
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const request = { url, headers: {}, maxMessageBytes: 1_000, signal: new AbortController().signal };
  const near = await createWsTransport().dial(request, new RecordingSink());
  const [far] = await accepted;
  return { near, far };
}

/**
 * The first two bytes are the number of the connection and that of the message; all others repeat a value made
 * of both.
 */
function messageOf(who: number, number: number): Uint8Array {
  const message = new Uint8Array(300 + ((number * 7) % 900)).fill((who * 101 + number) % 256);
  message.set([who, number % 256]);
  return message;
}

function messagesOf(far: WebSocket): Uint8Array[] {
  const messages: Uint8Array[] = [];
  far.on('message', (data: Buffer) => void messages.push(new Uint8Array(data)));
  return messages;
}

it('builds one frame in the memory of the one before, for any sizes', () => {
  const first = passingFrameOf(messageOf(1, 1));
  const second = passingFrameOf(messageOf(1, 2));
  expect(second?.buffer).toBe(first?.buffer);
  expect(passingFrameOf(messageOf(1, 2))).toBe(second);
});

it('does not overwrite a frame that is still in use', () => {
  const frame = passingFrameOf(messageOf(1, 1));
  const before = Buffer.from(frame ?? []);
  leaveFrame();
  expect(passingFrameOf(messageOf(1, 2))?.buffer).not.toBe(frame?.buffer);
  expect(frame?.equals(before)).toBe(true);
});

it('builds no frame of a message that is too large, and does not change the given bytes', () => {
  expect(passingFrameOf(new Uint8Array(16 * 1024))).toBeUndefined();
  const message = messageOf(3, 4);
  passingFrameOf(message);
  expect(message).toEqual(messageOf(3, 4));
});

it('delivers the right messages to each of two peers, one of which reads late', async () => {
  const server = await startServer();
  const slow = await connect(server);
  const quick = await connect(server);
  const [late, early] = [messagesOf(slow.far), messagesOf(quick.far)];
  slow.far.pause();
  let sent = 0;
  // Sends more than the buffers of the operating system can store.
  for (let waiting = 0; waiting < 50; sent += 1) {
    slow.near.send(messageOf(1, sent));
    quick.near.send(messageOf(2, sent));
    if (slow.near.bufferedBytes > 0) waiting += 1;
    if (sent % 3 === 0) await new Promise(setImmediate);
  }
  slow.far.resume();
  await waitFor(() => expect([late.length, early.length]).toEqual([sent, sent]));
  expect(late).toEqual(Array.from({ length: sent }, (_, number) => messageOf(1, number)));
  expect(early).toEqual(Array.from({ length: sent }, (_, number) => messageOf(2, number)));
});
