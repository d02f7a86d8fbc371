/**
 * How the package works on runtimes that differ from Node: the clock and the `ws` of Bun, and Cloudflare
 * workers.
 */
import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RecordingSink } from './recording-sink.js';

afterEach(() => {
  vi.doUnmock('node:perf_hooks');
  vi.doUnmock('ws');
  vi.doUnmock('node:crypto');
  vi.resetModules();
});

describe('the clock of a runtime where `now` is an own property of `performance`', () => {
  it('uses that function', async () => {
    vi.resetModules();
    vi.doMock('node:perf_hooks', () => ({ performance: { now: () => 42 } }));
    const { REAL_TIME } = await import('../../src/adapters/node/runtime-sources.js');
    expect(REAL_TIME.nowMs()).toBe(42);
  });
});

describe('a runtime that replaces the package ws with its own', () => {
  it.each([
    ['a Sender that makes no frames', { Sender: vi.fn() }],
    ['no Sender', {}],
  ])('sends with that package when it has %s', async (_what, own) => {
    vi.resetModules();
    vi.doMock('ws', () => ({ Sender: undefined, WebSocket: vi.fn(), WebSocketServer: vi.fn(), ...own }));
    const { frameOf, GENERATE_MASK } = await import('../../src/adapters/ws/ws-package.js');
    expect(frameOf(new Uint8Array(4))).toBeUndefined();
    expect(GENERATE_MASK).toBeUndefined();
  });
});

/** A WebSocket that opens at once and whose socket is `shown`. */
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

describe('a connection of a package that replaces ws', () => {
  async function dial(url: string): Promise<unknown> {
    vi.resetModules();
    vi.doMock('ws', () => ({ Sender: undefined, WebSocket: NativeWebSocket, WebSocketServer: vi.fn() }));
    const { createWsTransport } = await import('../../src/adapters/ws/ws-transport.js');
    const { signal } = new AbortController();
    const request = { url, headers: {}, maxMessageBytes: 1_024, signal };
    return createWsTransport().dial(request, new RecordingSink());
  }

  it.each(['ws://127.0.0.1:1/', 'wss://127.0.0.1:1/'])(
    'uses a socket that this package creates: %s',
    async (url) => {
      NativeWebSocket.shown = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
      await dial(url);
      expect(NativeWebSocket.made.at(-1)).toEqual({ url, createConnection: expect.any(Function) as unknown });
    },
  );

  it.each([
    ['none', null],
    ['an empty object', Object.create(null) as object],
  ])(
    'is refused when its socket cannot be read (%s), with an error that says what to do',
    async (_what, shown) => {
      NativeWebSocket.shown = shown;
      await expect(dial('ws://127.0.0.1:1/')).rejects.toThrow('createWebSocketTransport()');
    },
  );
});

describe('a Cloudflare worker', () => {
  it('loads the package although ws is replaced by a function, and random numbers are not available yet', async () => {
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
