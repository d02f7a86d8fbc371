/**
 * Real upgrade requests: Node's HTTP server passes on a TCP connection, `ws` runs on it. A refusal is written
 * to that connection as an HTTP/1.1 response. Decides nothing about the requests.
 */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from '../../adapters/ws-package.js';
import { WsAcceptedSocket, resetTcp } from '../socket/ws-accepted-socket.js';
import type { UpgradeCall } from './upgrade-endpoint.js';

export class WsUpgrades {
  readonly #server: WebSocketServer;

  constructor(maxMessageBytes: number) {
    this.#server = new WebSocketServer({
      noServer: true,
      autoPong: false,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
    });
  }

  callOf(request: IncomingMessage, tcp: Duplex, head: Buffer): UpgradeCall {
    tcp.on('error', () => undefined); // The client is gone; `close` follows.
    return {
      url: request.url ?? '/',
      headers: request.headers,
      accept: (opened) =>
        this.#server.handleUpgrade(request, tcp, head, (ws) =>
          opened((sink) => new WsAcceptedSocket(ws, tcp, sink)),
        ),
      refuse: (status, headers, body) =>
        void tcp.end(rawHttpResponse(status, headers, body), () => tcp.destroy()),
      hang: () => {
        tcp.resume(); // A client that gives up must be noticed.
        tcp.on('end', () => tcp.destroy());
      },
      reset: () => resetTcp(tcp),
    };
  }

  close(): void {
    this.#server.close();
  }
}

/**
 * Adds Content-Length, and `Connection: close` unless the headers name a connection themselves (a false 101
 * does).
 */
function rawHttpResponse(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (!names.has('connection')) lines.push('Connection: close');
  if (!names.has('content-length') && status >= 200) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
