/** Real upgrade requests: Node's HTTP server hands over a TCP connection, `ws` speaks on it. Decides nothing about them. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from '../adapters/ws-package.js';
import { rawHttpResponse } from './raw-http-response.js';
import type { UpgradeCall } from './upgrade-endpoint.js';
import { WsAcceptedSocket, resetTcp } from './ws-accepted-socket.js';

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
    tcp.on('error', () => undefined); // The client went away; `close` says so where it matters.
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
