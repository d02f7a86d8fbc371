import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createSystemClock } from '../../../src/adapters/node/system-clock.js';
import { createWebSocketTransport } from '../../../src/adapters/whatwg/websocket-transport.js';
import type { WebSocketLike, WebSocketListener } from '../../../src/adapters/whatwg/websocket-transport.js';
import type { TransportConnection } from '../../../src/ports/transport.js';
import { startMockService } from '../mock-service.js';
import { RecordingSink } from '../recording-sink.js';
import { REPLACEABLE_TIME } from '../replaceable-time.js';
import { describeTransport } from '../transport-contract.js';
import { startWsService } from '../ws-service.js';

describeTransport('the WebSocket of mock-socket', () => startMockService());
describeTransport('the WebSocket of the ws package', () =>
  startWsService(createWebSocketTransport({ WebSocket })),
);

/** A fake of the WebSocket of a runtime, controlled by the test. */
class PuppetSocket implements WebSocketLike {
  static latest = new PuppetSocket();
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  readonly closeCalls: unknown[][] = [];
  private readonly listeners: { readonly type: string; readonly listener: WebSocketListener }[] = [];

  constructor() {
    PuppetSocket.latest = this;
  }

  send(): void {
    throw new Error('nothing is sent in these tests');
  }

  close(...args: unknown[]): void {
    this.closeCalls.push(args);
  }

  addEventListener(type: string, listener: WebSocketListener): void {
    this.listeners.push({ type, listener });
  }

  fire(type: string, event: object = {}): void {
    if (type === 'open') this.readyState = 1;
    for (const each of this.listeners) if (each.type === type) each.listener(event);
  }
}

const url = 'wss://avatar.test/websocket?id=a&sessionKey=s3cret';

function dialPuppet(signal = new AbortController().signal): {
  readonly socket: PuppetSocket;
  readonly sink: RecordingSink;
  readonly dialling: Promise<TransportConnection>;
} {
  const sink = new RecordingSink();
  const transport = createWebSocketTransport({
    WebSocket: PuppetSocket,
    clock: createSystemClock(REPLACEABLE_TIME),
  });
  const dialling = transport.dial({ url, headers: {}, maxMessageBytes: 100, signal }, sink);
  return { socket: PuppetSocket.latest, sink, dialling };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the WHATWG transport', () => {
  it('declares that it sends no headers, and refuses a dial with headers', async () => {
    const transport = createWebSocketTransport({ WebSocket: PuppetSocket });
    expect(transport.sendsHeaders).toBe(false);
    const request = {
      url,
      headers: { 'X-Session-Key': 's3cret' },
      maxMessageBytes: 1,
      signal: AbortSignal.timeout(9),
    };
    await expect(transport.dial(request, new RecordingSink())).rejects.toThrow(/use query authentication/);
  });

  it('needs a WebSocket class: an option, or the global one', () => {
    vi.stubGlobal('WebSocket', undefined);
    expect(() => createWebSocketTransport()).toThrow(
      new TypeError(
        'this runtime has no global WebSocket (Node has one from version 22 on): pass one as `WebSocket`',
      ),
    );
    vi.stubGlobal('WebSocket', PuppetSocket);
    expect(createWebSocketTransport().name).toBe('WebSocket');
  });

  it('offers no ping', async () => {
    const { socket, dialling } = dialPuppet();
    socket.fire('open');
    const near = await dialling;
    expect('ping' in near).toBe(false);
  });

  it('closes a socket that opens after the abort of its dial, and calls no handler', async () => {
    const abort = new AbortController();
    const { socket, sink, dialling } = dialPuppet(abort.signal);
    abort.abort(new Error('too late'));
    await expect(dialling).rejects.toBe(abort.signal.reason);
    socket.fire('open');
    expect(socket.closeCalls).toHaveLength(2);
    socket.fire('message', { data: 'x' });
    socket.fire('close', { code: 1000 });
    expect(sink.events).toEqual([]);
  });

  it.each([
    [
      'an error event with a message of the runtime',
      'error',
      { message: `connect to ${url} failed` },
      'connect to [url] failed',
    ],
    [
      'an error event with an Error',
      'error',
      { error: new Error('got 401 for ?id=a&sessionKey=s3cret') },
      'got 401 for [query]',
    ],
    ['an empty error event', 'error', {}, 'the WebSocket could not be opened'],
    ['a close event alone', 'close', { code: 1006 }, 'the WebSocket could not be opened'],
  ])('rejects a refused upgrade as a plain Error: %s', async (_name, type, event, message) => {
    const { socket, dialling } = dialPuppet();
    socket.fire(type, event);
    const error: unknown = await dialling.catch((reason: unknown) => reason);
    expect(error).toEqual(new Error(message));
    expect(inspect(error)).not.toContain('s3cret');
  });

  it('keeps the error code of the runtime', async () => {
    const { socket, dialling } = dialPuppet();
    socket.fire('error', { error: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
    await expect(dialling).rejects.toMatchObject({ code: 'ECONNREFUSED', message: 'no' });
  });

  it('reports the error that broke an open connection as the cause, without the URL', async () => {
    const { socket, sink, dialling } = dialPuppet();
    socket.fire('open');
    await dialling;
    socket.fire('error', { error: Object.assign(new Error(`reset ${url}`), { code: 'ECONNRESET' }) });
    socket.fire('close', { code: 1006 });
    const cause = { message: 'reset [url]', code: 'ECONNRESET' };
    expect(sink.events).toMatchObject([{ kind: 'closed', code: 1006, cause }]);
  });

  it.each([
    ['the code 0, as Deno does', { code: 0 }],
    ['no code', {}],
  ])('reports 1006 when the runtime reports a lost connection with %s', async (_what, event) => {
    const { socket, sink, dialling } = dialPuppet();
    socket.fire('open');
    await dialling;
    socket.fire('close', event);
    expect(sink.events).toMatchObject([{ kind: 'closed', code: 1006 }]);
  });

  it('reports no cause when the runtime gives none', async () => {
    const { socket, sink, dialling } = dialPuppet();
    socket.fire('open');
    await dialling;
    socket.fire('error', {});
    socket.fire('close', { code: 1006 });
    expect(sink.events).toEqual([{ kind: 'closed', code: 1006, reason: '', cause: undefined }]);
  });

  it('rejects when the constructor throws, without the URL', async () => {
    class Refusing extends PuppetSocket {
      constructor() {
        super();
        throw new SyntaxError(`mixed content: ${url}`);
      }
    }
    const request = { url, headers: {}, maxMessageBytes: 1, signal: new AbortController().signal };
    const dialling = createWebSocketTransport({ WebSocket: Refusing }).dial(request, new RecordingSink());
    await expect(dialling).rejects.toThrow(/^mixed content: \[url\]$/);
  });

  it.each([
    [1000, [1000, 'why']],
    [3000, [3000, 'why']],
    [4999, [4999, 'why']],
    [1001, []],
    [1009, []],
    [2999, []],
  ])('closes with %i as the API allows: %j', async (code, args) => {
    const { socket, dialling } = dialPuppet();
    socket.fire('open');
    (await dialling).close(code, 'why');
    expect(socket.closeCalls).toEqual([args]);
  });

  it.each([
    ['a Blob', new Blob(['x'])],
    ['nothing', undefined],
  ])('reports a protocol violation once for messages that are %s', async (_name, data) => {
    const { socket, sink, dialling } = dialPuppet();
    socket.fire('open');
    await dialling;
    socket.fire('message', { data });
    socket.fire('message', { data });
    socket.fire('close', { code: 1005, reason: '' });
    expect(sink.kinds).toEqual(['violated', 'closed']);
    expect(socket.closeCalls).toEqual([[]]);
  });

  it('polls the buffer only while it is full', async () => {
    vi.useFakeTimers();
    const { socket, sink, dialling } = dialPuppet();
    socket.fire('open');
    const near = await dialling;
    socket.bufferedAmount = 1_000;
    near.notifyBelow(500);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sink.kinds).toEqual([]);
    socket.bufferedAmount = 500;
    await vi.advanceTimersByTimeAsync(50);
    expect(sink.kinds).toEqual(['drained']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer when the connection ends with a full buffer', async () => {
    vi.useFakeTimers();
    const { socket, sink, dialling } = dialPuppet();
    socket.fire('open');
    const near = await dialling;
    socket.bufferedAmount = 1_000;
    near.notifyBelow(0);
    near.terminate();
    await vi.advanceTimersByTimeAsync(50);
    expect(sink.kinds).toEqual(['closed']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
