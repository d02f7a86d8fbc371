/** Differences of other runtimes from Node: the clock and the `ws` of Bun. */
import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RecordingSink } from './recording-sink.js';

afterEach(() => {
  vi.doUnmock('node:perf_hooks');
  vi.doUnmock('ws');
  vi.doUnmock('node:crypto');
  vi.resetModules();
});

describe('the clock of a runtime whose performance has its now itself', () => {
  it('is that one', async () => {
    vi.resetModules();
    vi.doMock('node:perf_hooks', () => ({ performance: { now: () => 42 } }));
    const { REAL_TIME } = await import('../../src/adapters/node/runtime-sources.js');
    expect(REAL_TIME.nowMs()).toBe(42);
  });
});

describe('a runtime with a package of its own in the place of ws', () => {
  it.each([
    ['a Sender that makes no frames', { Sender: vi.fn() }],
    ['no Sender', {}],
  ])('sends through that, with %s', async (_what, own) => {
    vi.resetModules();
    vi.doMock('ws', () => ({ Sender: undefined, WebSocket: vi.fn(), WebSocketServer: vi.fn(), ...own }));
    const { frameOf, GENERATE_MASK } = await import('../../src/adapters/ws/ws-package.js');
    expect(frameOf(new Uint8Array(4))).toBeUndefined();
    expect(GENERATE_MASK).toBeUndefined();
  });
});

/** Opens at once, and shows what a test gives it as the socket. */
class NativeWebSocket extends EventEmitter {
  static readonly made: { readonly url: string; readonly createConnection: unknown }[] = [];
  static shown: object | null = null;
  readonly readyState = 1;
  constructor(url: URL, options: { readonly createConnection?: unknown }) {
    super();
    NativeWebSocket.made.push({ url: url.href, createConnection: options.createConnection });
    queueMicrotask(() => {
      this.emit('upgrade', { socket: NativeWebSocket.shown });
      this.emit('open');
    });
  }
  terminate(): void {
    this.emit('close', 1_006, Buffer.alloc(0));
  }
}

describe('a connection of a package in the place of ws', () => {
  async function dial(url: string): Promise<unknown> {
    vi.resetModules();
    vi.doMock('ws', () => ({ Sender: undefined, WebSocket: NativeWebSocket, WebSocketServer: vi.fn() }));
    const { createWsTransport } = await import('../../src/adapters/ws/ws-transport.js');
    const { signal } = new AbortController();
    const request = { url, headers: {}, maxMessageBytes: 1_024, signal };
    return createWsTransport().dial(request, new RecordingSink());
  }

  it.each(['ws://127.0.0.1:1/', 'wss://127.0.0.1:1/'])('has a socket of ours: %s', async (url) => {
    NativeWebSocket.shown = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
    await dial(url);
    expect(NativeWebSocket.made.at(-1)).toEqual({ url, createConnection: expect.any(Function) as unknown });
  });

  it.each([
    ['none', null],
    ['an empty object', Object.create(null) as object],
  ])('is refused where its socket is hidden, and says what to do: %s', async (_what, shown) => {
    NativeWebSocket.shown = shown;
    await expect(dial('ws://127.0.0.1:1/')).rejects.toThrow('createWebSocketTransport()');
  });
});

describe('a worker of Cloudflare', () => {
  it('loads the package although a function stands in the place of ws, and no random numbers are there yet', async () => {
    vi.resetModules();
    const none = { Sender: undefined, WebSocket: undefined, WebSocketServer: undefined };
    vi.doMock('ws', () => ({ default: vi.fn(), ...none }));
    vi.doMock('node:crypto', async (original) => ({
      ...(await original<object>()),
      randomBytes: () => {
        throw new Error('not while modules are loaded');
      },
    }));
    const { createWsTransport } = await import('../../src/index.js');
    const { signal } = new AbortController();
    const request = { url: 'wss://127.0.0.1:1/', headers: {}, maxMessageBytes: 1_024, signal };
    const dialling = createWsTransport().dial(request, new RecordingSink());
    await expect(dialling).rejects.toThrow('createWebSocketTransport()');
  });
});
