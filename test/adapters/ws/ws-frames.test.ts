/** The transport of `ws-transport` with frames from a raw server. */
import { once } from 'node:events';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { createWsTransport } from '../../../src/adapters/ws/ws-transport.js';
import type { TransportConnection } from '../../../src/ports/transport.js';
import { frame, startRawServer, switching } from '../raw-server.js';
import { RecordingSink } from '../recording-sink.js';
import { waitFor } from '../../support/wait-for.js';

const cleanups: (() => Promise<unknown>)[] = [];
let sink: RecordingSink;

beforeEach(() => {
  sink = new RecordingSink();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function dial(port: number): Promise<TransportConnection> {
  const { signal } = new AbortController();
  const url = `ws://127.0.0.1:${port}/`;
  return createWsTransport().dial({ url, headers: {}, maxMessageBytes: 1_000_000, signal }, sink);
}

/** The length of the head of a masked frame with more than 65 535 bytes. */
const MASKED_HEAD_BYTES = 14;

/** Dials a peer that accepts the upgrade and sends these bytes in the same segment. */
async function dialRaw(
  first: Uint8Array,
  then: (socket: Socket) => void = () => undefined,
): Promise<TransportConnection> {
  const server = await startRawServer((socket, head) => {
    socket.write(Buffer.concat([Buffer.from(`${switching(head)}\r\n`), first]));
    then(socket);
  });
  cleanups.push(() => server.stop());
  return dial(server.port);
}

async function dialServer(): Promise<{ near: TransportConnection; far: WebSocket }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  cleanups.push(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  const near = await dial((server.address() as { port: number }).port);
  const [far] = await connected;
  return { near, far };
}

describe('frames that come in the same segment as the 101', () => {
  it('are delivered to the sink', async () => {
    await dialRaw(Buffer.concat([frame(2, 'one'), frame(1, 'two')]));
    await sink.until('message', 2);
    expect(sink.messages).toEqual([[...Buffer.from('one')], 'two']);
  });

  it('can include the close frame', async () => {
    await dialRaw(Buffer.concat([frame(2, 'x'), frame(8, Buffer.from([0x0f, 0xa1, 0x6e, 0x6f]))]), (s) =>
      s.end(),
    );
    await sink.until('closed');
    expect(sink.events.at(-1)).toEqual({ kind: 'closed', code: 4001, reason: 'no', cause: undefined });
    expect(sink.kinds).toEqual(['message', 'closed']);
  });
});

describe('a peer that breaks the protocol', () => {
  it.each<[string, Uint8Array, string]>([
    ['an unknown opcode', frame(3, ''), 'WS_ERR_INVALID_OPCODE'],
    ['text that is not UTF-8', frame(1, Uint8Array.of(0xff)), 'WS_ERR_INVALID_UTF8'],
    ['a masked frame', Buffer.of(0x82, 0x80, 1, 2, 3, 4), 'WS_ERR_UNEXPECTED_MASK'],
    ['an impossible close code', frame(8, Uint8Array.of(3, 0xee)), 'WS_ERR_INVALID_CLOSE_CODE'],
  ])('is reported as a violation, then as closed: %s', async (_name, bytes, code) => {
    await dialRaw(bytes, (socket) => socket.once('data', () => socket.end()));
    await sink.until('closed');
    expect(sink.events).toMatchObject([
      { kind: 'violated', cause: { code } },
      { kind: 'closed', code: 1006 },
    ]);
  });

  it('gets the close code 1009 when its message is too long', async () => {
    const { far } = await dialServer();
    const closed = once(far, 'close');
    far.send(new Uint8Array(1_000_001));
    expect((await closed)[0]).toBe(1009);
    await sink.until('closed');
    expect(sink.kinds).toEqual(['violated', 'closed']);
  });
});

describe('a connection that ends', () => {
  it('reports the cause when the peer resets it', async () => {
    const near = await dialRaw(frame(2, 'x'), (socket) =>
      socket.once('data', () => socket.resetAndDestroy()),
    );
    near.ping?.();
    await sink.until('closed');
    expect(sink.events).toMatchObject([
      { kind: 'message' },
      { kind: 'closed', code: 1006, reason: '', cause: { code: 'ECONNRESET' } },
    ]);
  });

  it('reports 1006, with the cause, when the peer ends it without a close frame', async () => {
    const { far } = await dialServer();
    far.terminate();
    await sink.until('closed');
    const cause = { code: 'ERR_STREAM_PREMATURE_CLOSE' };
    expect(sink.events).toMatchObject([{ kind: 'closed', code: 1006, reason: '', cause }]);
  });

  it('closes a TCP connection that the peer has ended, without ending it again', async () => {
    const { far } = await dialServer();
    const end = vi.spyOn(Socket.prototype, 'end');
    far.terminate();
    await sink.until('closed');
    const ends = end.mock.calls.length;
    end.mockRestore();
    expect(ends).toBe(0);
  });

  it('still sends the data that waits in the socket when the peer has ended only its own half', async () => {
    const accepted: Socket[] = [];
    const near = await dialRaw(new Uint8Array(0), (socket) => accepted.push(socket.pause()));
    const [far = new Socket()] = accepted;
    const headBytes = far.bytesRead;
    const message = new Uint8Array(100_000);
    let sent = 0;
    for (; near.bufferedBytes === 0; sent += 1) {
      near.send(message);
      await turn();
    }
    const over = once(far, 'close');
    far.end();
    await once(far, 'finish');
    far.resume();
    await over;
    expect(far.bytesRead - headBytes).toBe(sent * (message.length + MASKED_HEAD_BYTES));
  });

  it('ends within two seconds when the peer sends a close frame and keeps the socket open', async () => {
    const startedAtMs = performance.now();
    await dialRaw(frame(8, Uint8Array.of(0x11, 0x97)));
    await sink.until('closed');
    expect(sink.events).toEqual([{ kind: 'closed', code: 4503, reason: '', cause: undefined }]);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });

  it('ends with terminate when the peer never answers the close frame', async () => {
    const near = await dialRaw(new Uint8Array(0));
    near.close(1000, '');
    near.terminate();
    await sink.until('closed');
    expect(sink.events).toEqual([{ kind: 'closed', code: 1006, reason: '', cause: undefined }]);
  });
});

describe('a slow peer', () => {
  it.each([0, 100_000])('delays drained until at most %i bytes are buffered', async (mark) => {
    const { near, far } = await dialServer();
    far.pause();
    let sent = 0;
    while (near.bufferedBytes < 2_000_000) {
      near.send(new Uint8Array(100_000));
      sent++;
      await new Promise(setImmediate);
    }
    let bufferedWhenDrained = -1;
    vi.spyOn(sink, 'drained').mockImplementationOnce(() => (bufferedWhenDrained = near.bufferedBytes));
    near.notifyBelow(mark);
    near.send(new Uint8Array(100_000));
    sent++;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(bufferedWhenDrained).toBe(-1);

    let received = 0;
    far.on('message', () => received++);
    far.resume();
    await waitFor(() => expect(received).toBe(sent));
    expect(bufferedWhenDrained).toBeGreaterThanOrEqual(0);
    expect(bufferedWhenDrained).toBeLessThanOrEqual(mark);
  });
});

describe('pings of the peer', () => {
  const pongs = (socket: Socket): string[] => {
    const payloads: string[] = [];
    let rest = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      // A short masked frame is a head of two bytes, a mask of four bytes and the payload.
      for (;;) {
        const length = (rest[1] ?? 0) & 0x7f;
        if (rest.length < 6 + length) return;
        const payload = rest.subarray(6, 6 + length).map((byte, at) => byte ^ (rest[2 + (at % 4)] ?? 0));
        if (((rest[0] ?? 0) & 0x0f) === 10) payloads.push(payload.toString());
        rest = rest.subarray(6 + length);
      }
    });
    return payloads;
  };
  const burst = (count: number): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, nth) => frame(9, String(nth))));

  it.each([1, 60, 61, 500])('are all answered when %i come in one segment', async (count) => {
    let answers: string[] = [];
    await dialRaw(burst(count), (socket) => {
      answers = pongs(socket);
    });
    await waitFor(() => expect(answers).toHaveLength(count));
    expect(answers).toEqual(Array.from({ length: count }, (_, nth) => String(nth)));
    expect(sink.events).toEqual([]);
  });

  it('are answered, the last one included, when the peer sends thousands and reads no answer meanwhile', async () => {
    let answers: string[] = [];
    await dialRaw(burst(20_000), (socket) => {
      answers = pongs(socket);
    });
    await waitFor(() => expect(answers.at(-1)).toBe('19999'));
    expect(sink.events).toEqual([]);
  });
});

describe('a ping', () => {
  it('gets an answer, which is reported and counts in receivedBytes', async () => {
    const { near } = await dialServer();
    const before = near.receivedBytes;
    near.ping?.();
    await sink.until('heard');
    expect([sink.kinds, near.receivedBytes > before]).toEqual([['heard'], true]);
  });

  it('works with a sink that has no handler for it', async () => {
    Object.assign(sink, { heard: undefined });
    const { near, far } = await dialServer();
    near.ping?.();
    await once(far, 'ping');
    far.send('after the answer');
    await sink.until('message');
    expect(sink.messages).toEqual(['after the answer']);
  });
});
