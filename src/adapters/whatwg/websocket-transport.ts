/**
 * Dials with a WHATWG WebSocket, for runtimes where the `ws` package is of no use. Decides which end a dial has; must
 * not know what that means for the session. What this API can't do: send upgrade headers (so the session must use
 * query authentication), show the HTTP answer of a refused upgrade, ping, or destroy a socket.
 */
import { ONCE } from '../../ports/end-signal.js';
import { requireFunction, requireObject, requireOptions } from '../../core/option/option-check.js';
import type { Clock } from '../../ports/clock.js';
import type { DialRequest, Transport, TransportConnection, TransportSink } from '../../ports/transport.js';
import { ownTransport } from '../own-transports.js';
import { parseUrl } from '../node/open-socket.js';
import { createSystemClock } from '../node/system-clock.js';
import { WebSocketConnection } from './websocket-connection.js';
import type { WebSocketConstructor, WebSocketLike } from './websocket-connection.js';

/** Options of `createWebSocketTransport`. */
export interface WebSocketTransportOptions {
  /**
   * The class of the sockets.
   *
   * @default the runtime's own `WebSocket`
   */
  readonly WebSocket?: WebSocketConstructor;
  /**
   * For looking at `bufferedAmount` while a caller waits for it to fall.
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

    // The listeners stay for the socket's whole life: some implementations throw an error that nobody listens to.
    socket.addEventListener('error', (event: RuntimeError) => {
      if (connection === undefined) fail(shownError(event, url));
      else if (wordsOf(event) !== undefined) connection.broken(shownError(event, url));
    });
    socket.addEventListener('close', () => fail(shownError({}, url)));
    socket.addEventListener('open', () => {
      // Opened although it was given up.
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

/** What runtimes put on their error events, and more often do not. */
interface RuntimeError {
  readonly error?: unknown;
  readonly message?: unknown;
}

function wordsOf({ error, message }: RuntimeError): string | undefined {
  const text = error instanceof Error ? error.message : message;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The runtime's own words and code, without the URL that some of them quote: query authentication is in it. */
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
