/**
 * Dials with a WHATWG WebSocket, for runtimes in which the `ws` package does not work, and adapts an open WebSocket to the session's
 * port. Decides how a dial ended; must not know what that means for the session. This API can't send upgrade headers (so the session must
 * use query authentication), show the HTTP answer of a refused upgrade, ping, or destroy a socket. The transport makes up for what is
 * missing if possible; otherwise the method is absent.
 */
import { requireFunction, requireObject, requireOptions } from '../../core/option/option-check.js';
import type { Clock } from '../../ports/clock.js';
import { ONCE } from '../../ports/end-signal.js';
import type { TransportConnection, TransportSink, DialRequest, Transport } from '../../ports/transport.js';
import { parseUrl } from '../node/dial-address.js';
import { createSystemClock } from '../node/system-clock.js';
import { fitCloseReason, ownTransport } from '../own-transports.js';

/**
 * The part of the WHATWG WebSocket that the transport uses, so that no DOM types are needed and any implementation
 * fits: a browser's, Deno's, Node's from version 22 on, undici's, the one of the `ws` package, mock-socket's.
 */
export interface WebSocketLike {
  /** The transport sets it to `arraybuffer`. */
  binaryType: string;
  /** Absent, or always 0, in some runtimes. */
  readonly bufferedAmount?: number;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Sends one binary message. */
  send(data: Uint8Array): void;
  /** Begins the close handshake. */
  close(code?: number, reason?: string): void;
  /** Adds a listener of `open`, `message`, `error` or `close`. */
  addEventListener(type: string, listener: WebSocketListener): void;
}

/** Written as a method, whose parameter types TypeScript compares leniently: each runtime has its own event classes. */
export type WebSocketListener = { handle(event: unknown): void }['handle'];

/** A WebSocket class: one that opens a connection when it is constructed. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

const NO_MARK = -1;
const OPEN = 1;
/**
 * How often `bufferedAmount` is read, milliseconds: the API has no event for it. One utterance chunk is 20 ms or more, so shorter
 * intervals would gain nothing.
 */
const BUFFER_LOOK_EVERY_MS = 20;

/** Takes over a socket in its `open` event, before the first message can come. */
class WebSocketConnection implements TransportConnection {
  private readonly socket: WebSocketLike;
  private readonly clock: Clock;
  private readonly maxMessageBytes: number;
  private readonly sink: TransportSink;
  /** `violated`: the peer broke the protocol; what else it sends is ignored. */
  private state: 'open' | 'violated' | 'terminated' | 'closed' = 'open';
  private mark = NO_MARK;
  /** Bytes and characters of messages: the runtime shows no other count. */
  private received = 0;
  private sent = 0;
  /** Whether the runtime has ever reported bytes that wait. */
  private counts = false;
  private brokenBy: Error | undefined;

  constructor(socket: WebSocketLike, clock: Clock, maxMessageBytes: number, sink: TransportSink) {
    this.socket = socket;
    this.clock = clock;
    this.maxMessageBytes = maxMessageBytes;
    this.sink = sink;
    socket.addEventListener('message', (event: { readonly data?: unknown }) => this.onMessage(event.data));
    socket.addEventListener('close', (event: { readonly code?: number; readonly reason?: string }) =>
      // Deno reports 0 if no close frame came.
      this.onClosed(event.code === undefined || event.code < 1_000 ? 1_006 : event.code, event.reason ?? ''),
    );
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount ?? 0;
  }

  get receivedBytes(): number {
    return this.received;
  }

  /** Undefined until the runtime has shown that it counts. */
  get takenBytes(): number | undefined {
    return this.counts ? this.sent - this.bufferedBytes : undefined;
  }

  send(bytes: Uint8Array): void {
    if (this.socket.readyState !== OPEN || this.state !== 'open') return;
    this.sent += bytes.length;
    this.socket.send(bytes);
    this.counts ||= this.bufferedBytes > 0;
  }

  notifyBelow(bytes: number): void {
    if (this.state !== 'open') return;
    const waiting = this.mark !== NO_MARK;
    this.mark = bytes;
    if (!waiting) this.clock.schedule(0, () => this.lookAtBuffer());
  }

  /** The API allows 1000 and 3000 to 4999; any other code goes out as a close frame without one. */
  close(closeCode: number, closeReason: string): void {
    if (closeCode === 1_000 || (Number.isInteger(closeCode) && closeCode >= 3_000 && closeCode <= 4_999)) {
      this.socket.close(closeCode, fitCloseReason(closeReason));
    } else {
      this.socket.close();
    }
  }

  /** The API can only close; the runtime ends the connection later, without a visible event. */
  terminate(): void {
    if (this.state === 'terminated' || this.state === 'closed') return;
    this.state = 'terminated';
    this.socket.close();
    // Not `queueMicrotask`: fake timers replace that.
    void Promise.resolve().then(() => this.onClosed(1_006, ''));
  }

  private onMessage(data: unknown): void {
    if (this.state !== 'open') return;
    const message = toMessage(data);
    if (message === undefined) {
      this.violate('the runtime delivered a message that is neither bytes nor text');
      return;
    }
    this.received += message.length;
    if (message.length > this.maxMessageBytes) {
      this.violate('a message exceeds the size limit');
      return;
    }
    this.sink.message(message);
  }

  /** Keeps the runtime's description of a failure; the `close` event that follows has only 1006. */
  broken(error: Error): void {
    this.brokenBy ??= error;
  }

  private violate(message: string): void {
    this.state = 'violated';
    this.mark = NO_MARK;
    this.socket.close();
    this.sink.violated(message);
  }

  private onClosed(code: number, reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.mark = NO_MARK;
    this.sink.closed(code, reason, this.brokenBy);
  }

  private lookAtBuffer(): void {
    if (this.mark === NO_MARK || this.state !== 'open') return;
    if (this.bufferedBytes > this.mark) {
      this.clock.schedule(BUFFER_LOOK_EVERY_MS, () => this.lookAtBuffer());
      return;
    }
    this.mark = NO_MARK;
    this.sink.drained();
  }
}

/** Recognized by its tag, not by its class: the buffer may come from another realm. */
function toMessage(data: unknown): Uint8Array | string | undefined {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]')
    return new Uint8Array(data as ArrayBuffer);
  return undefined;
}

/** Options of `createWebSocketTransport`. */
export interface WebSocketTransportOptions {
  /**
   * The class of the sockets.
   *
   * @default the runtime's own `WebSocket`
   */
  readonly WebSocket?: WebSocketConstructor;
  /**
   * The clock for reading `bufferedAmount` while a caller waits for it to fall.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock;
}

/**
 * A transport on the given WebSocket class, or the global one; a TypeError when there is none (Node 20), and for wrong options. A refused
 * upgrade rejects with a plain Error: the runtime hides its status.
 *
 * @example
 * ```ts
 * const session = newAvatarSession({ ...options, transport: createWebSocketTransport() });
 * ```
 */
export function createWebSocketTransport(options: WebSocketTransportOptions = {}): Transport {
  const given = requireOptions('', options, ['WebSocket', 'clock']);
  const constructor = (
    given['WebSocket'] === undefined ? globalWebSocket() : requireFunction('WebSocket', given['WebSocket'])
  ) as WebSocketConstructor;
  const clock = (
    given['clock'] === undefined ? createSystemClock() : requireObject('clock', given['clock'])
  ) as Clock;
  return ownTransport({
    name: 'WebSocket',
    sendsHeaders: false,
    dial: (request, sink) => dial(constructor, clock, request, sink),
  });
}

function globalWebSocket(): WebSocketConstructor {
  const found = (globalThis as { readonly WebSocket?: unknown }).WebSocket;
  if (typeof found === 'function') return found as WebSocketConstructor;
  throw new TypeError(
    'this runtime has no global WebSocket (Node has one from version 22 on): pass one as `WebSocket`',
  );
}

async function dial(
  constructor: WebSocketConstructor,
  clock: Clock,
  request: DialRequest,
  sink: TransportSink,
): Promise<TransportConnection> {
  const { signal } = request;
  signal.throwIfAborted();
  const url = parseUrl('the ingress URL', request.url, ['ws:', 'wss:']);
  if (Object.keys(request.headers).length > 0) {
    throw new TypeError('a WHATWG WebSocket sends no upgrade headers: use query authentication');
  }

  return new Promise((resolve, reject) => {
    const socket = construct(constructor, url);
    socket.binaryType = 'arraybuffer';
    let pending = true;
    let connection: WebSocketConnection | undefined;
    const fail = (error: Error): void => {
      if (!pending) return;
      pending = false;
      signal.removeEventListener('abort', onAbort);
      socket.close();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    signal.addEventListener('abort', onAbort, ONCE);

    // The listeners stay for the socket's whole life: some implementations throw an error event without a listener.
    socket.addEventListener('error', (event: RuntimeError) => {
      if (connection === undefined) fail(shownError(event, url));
      else if (wordsOf(event) !== undefined) connection.broken(shownError(event, url));
    });
    socket.addEventListener('close', () => fail(shownError({}, url)));
    socket.addEventListener('open', () => {
      // The socket was opened although the dial was given up.
      if (!pending) {
        socket.close();
        return;
      }
      pending = false;
      signal.removeEventListener('abort', onAbort);
      connection = new WebSocketConnection(socket, clock, request.maxMessageBytes, sink);
      resolve(connection);
    });
  });
}

function construct(constructor: WebSocketConstructor, url: URL): WebSocketLike {
  try {
    return new constructor(url.href);
  } catch (error) {
    throw shownError({ error }, url);
  }
}

/** Properties that some runtimes have on their error events; most do not. */
interface RuntimeError {
  readonly error?: unknown;
  readonly message?: unknown;
}

function wordsOf({ error, message }: RuntimeError): string | undefined {
  const text = error instanceof Error ? error.message : message;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** An error with the runtime's own message and code, without the URL that some messages quote: query authentication is in it. */
function shownError(event: RuntimeError, url: URL): Error {
  const { error } = event;
  const words = wordsOf(event) ?? 'the WebSocket could not be opened';
  const shown = words
    .replaceAll(url.href, '[url]')
    .replaceAll(url.search === '' ? url.href : url.search, '[query]');
  const failure = new Error(shown);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? Object.assign(failure, { code }) : failure;
}
