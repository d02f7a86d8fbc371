/**
 * A dial with the `ws` package. Decides how the dial ended; must not know what an answer means for the session. The only time-out is the
 * caller's signal, which bounds the dial.
 */
import type { Agent, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { memoizeLastAddress } from '../../core/memory/collections.js';
import { withoutStackLines } from '../../core/memory/stack-lines.js';
import { bareObject } from '../../core/option/plain-object.js';
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal } from '../../ports/end-signal.js';
import {
  UpgradeMalformed,
  UpgradeRefused,
  type DialRequest,
  type TransportConnection,
  type TransportSink,
} from '../../ports/transport.js';
import { InvalidUrlError, parseUrl } from '../node/dial-address.js';
import {
  flattenHeaders,
  guardedAgent,
  openSocket,
  openTlsSocket,
  singleError,
  namingTlsAlert,
} from '../node/open-socket.js';
import { NO_UPGRADE_OPTIONS, withoutInherited } from '../node/no-inherited-options.js';
import { MAX_HEADER_BYTES } from '../node/http-request.js';
import { onUsablePrototype } from '../node/polluted-prototype.js';
import { refusalBodyWithinMs } from '../node/http-answer.js';
import { readBody } from '../node/read-body.js';
import { closeAtEnd, endListenersOf } from './socket-end.js';
import { WsClient, WsConnection } from './ws-connection.js';
import { GENERATE_MASK, IS_REPLACED } from './ws-package.js';

/** A refusal's body is at most this long; the service's own are below 1 KiB. */
export const MAX_REFUSAL_BYTES = 64 * 1_024;
/** `ws` keeps its limit in 32 bits and reads 0 as no limit. */
const MAX_PAYLOAD_BYTES = 2 ** 31 - 1;

/** How the transports of `createWsTransport` dial. It needs no real AbortSignal. */
export function dialWs(
  request: DialRequest<EndSignal>,
  sink: TransportSink,
  agent?: Agent,
): Promise<TransportConnection> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    signal.throwIfAborted();
    const url = ingressUrl(request);
    let socket: Socket | undefined;
    let endListeners: readonly unknown[] = [];
    let pending = true;
    /** An answer that is no upgrade has come: its status is the outcome, however the connection ends. */
    let isRefused = false;
    const endDial = (error: Error, letGo: () => void): void => {
      if (!pending) return;
      pending = false;
      signal.removeEventListener('abort', onAbort);
      letGo();
      reject(error);
    };
    const fail = (error: Error): void => endDial(error, () => client.terminate());
    const onAbort = (): void => fail(signal.reason);

    const options = {
      headers: IS_REPLACED ? request.headers : withNamesOfWs(request.headers),
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: Math.max(1, Math.min(request.maxMessageBytes, MAX_PAYLOAD_BYTES)),
      skipUTF8Validation: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      agent: agent && guardedAgent(agent),
      autoPong: false,
      generateMask: GENERATE_MASK,
      createConnection: agent === undefined ? openerFor(url.protocol) : undefined,
    };
    const client = onUsablePrototype(() => new WsClient(url, withoutInherited(options, NO_UPGRADE_OPTIONS)));
    signal.addEventListener('abort', onAbort, ONCE);

    client.on('upgrade', (answer) => {
      socket = usableSocket(answer.socket);
      endListeners = endListenersOf(socket);
    });
    client.on('unexpected-response', (_upgrade, answer) => {
      isRefused = true;
      // Read now: after its end an answer on a keep-alive connection no longer has its socket.
      const refusing = usableSocket(answer.socket);
      void readRefusal(answer, signal).then(({ error, isWhole }) => {
        // Once the whole answer is there, `terminate` would only create an error, with a stack, for a closed connection.
        if (isWhole && refusing !== undefined) endDial(error, () => refusing.destroy());
        else fail(error);
      });
    });
    // Also handles the error that `terminate` itself reports later; without a listener it would end the process.
    client.on('error', (error) => {
      if (!isRefused) fail(socket === undefined ? dialError(error) : malformed(error));
    });
    client.on('close', () => {
      // Every failed dial ends here as well: an error is made only if it is reported.
      if (pending && !isRefused) fail(new UpgradeMalformed('the connection was closed during the upgrade'));
    });
    client.on('open', () => {
      if (!pending) return;
      if (socket === undefined) {
        fail(new Error(HIDDEN_SOCKET));
        return;
      }
      pending = false;
      signal.removeEventListener('abort', onAbort);
      // The dial's closures are not needed any more; the connection brings its own listeners.
      client.removeAllListeners();
      closeAtEnd(client, socket, endListeners);
      resolve(new WsConnection(client, socket, sink));
    });
  });
}

const HIDDEN_SOCKET =
  'the runtime does not show the socket of a WebSocket: pass createWebSocketTransport() as `transport`, and `useQueryAuth: true`';

/** Headers that `ws` adds to a copy of the given ones. */
const NAMES_OF_WS = ['Sec-WebSocket-Version', 'Sec-WebSocket-Key', 'Connection', 'Upgrade'];

/** Adds these names before `ws` writes them: a copy that is extended gets a hidden class of its own for each name. */
function withNamesOfWs(given: DialRequest<EndSignal>['headers']): Record<string, string> {
  const headers = bareObject() as Record<string, string>;
  for (const name of Object.keys(given)) headers[name] = given[name] ?? '';
  for (const name of NAMES_OF_WS) headers[name] = '';
  return headers;
}

/**
 * Bun's own TLS connection shows nothing of its socket; if given a function, Bun uses the socket that the function makes. `ws` does TLS
 * by itself.
 */
function openerFor(protocol: string): typeof openSocket | undefined {
  if (protocol === 'ws:') return openSocket;
  return IS_REPLACED ? openTlsSocket : undefined;
}

/** Undefined for a value that is no socket: a package in the place of `ws` may have anything there. */
function usableSocket(socket: Socket | null): Socket | undefined {
  return typeof socket?.bytesRead === 'number' ? socket : undefined;
}

/** An address with credentials (query authentication) is not kept. */
function ingressUrl({ url, headers }: DialRequest<EndSignal>): URL {
  return 'X-Session-Key' in headers ? keptIngressUrl(url) : parseIngressUrl(url);
}

const keptIngressUrl = memoizeLastAddress(parseIngressUrl);

function parseIngressUrl(text: string): URL {
  const url = parseUrl('the ingress URL', text, ['ws:', 'wss:']);
  if (url.hash !== '') throw new InvalidUrlError('the ingress URL must not have a fragment');
  return url;
}

interface Refusal {
  readonly error: UpgradeRefused | UpgradeMalformed;
  /** Whether the answer came to its end. */
  readonly isWhole: boolean;
}

async function readRefusal(answer: IncomingMessage, signal: EndSignal): Promise<Refusal> {
  const status = answer.statusCode ?? 0;
  // Without an Upgrade header Node takes a 101 for an ordinary answer, whose body never ends.
  if (status === 101) {
    const error = new UpgradeMalformed('the answer has status 101 and no Upgrade header');
    return { error, isWhole: false };
  }
  const withinMs = refusalBodyWithinMs(signal);
  const { text, ended } = await readBody(answer, { maxBytes: MAX_REFUSAL_BYTES, withinMs });
  const headers = flattenHeaders(answer);
  // No line of the application led here.
  const error = withoutStackLines(() => new UpgradeRefused(status, headers, text));
  return { error, isWhole: ended === 'whole' };
}

/** The code for headers that are longer than this end reads: they are an HTTP answer all the same. */
const HEADERS_TOO_LONG = 'HPE_HEADER_OVERFLOW';

/** An error before the 101 came: the system's own error, or the error of Node's HTTP parser for bytes that are no HTTP. */
function dialError(error: Error): Error {
  const single = namingTlsAlert(singleError(error));
  const code = 'code' in single ? single.code : undefined;
  if (code === HEADERS_TOO_LONG) return withoutBytes(single, code);
  return typeof code === 'string' && code.startsWith('HPE_') ? malformed(single) : single;
}

/** Made without a cause: the parser's error has the raw bytes. */
function malformed(error: Error): UpgradeMalformed {
  return new UpgradeMalformed(error.message);
}

function withoutBytes({ message }: Error, code: string): Error {
  return Object.assign(new Error(message), { code });
}
