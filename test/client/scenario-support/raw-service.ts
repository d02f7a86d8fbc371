/**
 * A service for answers that the embedded service never sends: the test writes its token response, its upgrade response
 * and every frame. It uses one loopback port, and keeps everything that it received until it is stopped.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { decodeClientMessage } from '../../../src/wire/decode.js';
import { encodeServerMessage } from '../../../src/wire/encode.js';
import type { ClientMessage } from '../../../src/ports/message.js';
import { MessageType } from '../../../src/ports/message.js';

/** The answers that a test can replace. */
export interface RawScript {
  /** Answers the token request. Default: 200 with `token-N`. */
  token?(request: IncomingMessage, response: ServerResponse, nth: number): void;
  /** Answers the upgrade; returns true if it has done so. Default: accepts the upgrade. */
  upgrade?(request: IncomingMessage, socket: Duplex, nth: number): boolean;
  /** Called with every message of an accepted connection. Default: confirms a configuration (type 1). */
  message?(message: ClientMessage, socket: WebSocket, nth: number): void;
}

export const CONFIRMATION = encodeServerMessage({
  type: MessageType.serverConfirmSession,
  connectionId: 'raw-connection',
  capabilities: [],
});

export class RawService implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  tokenRequests = 0;
  upgrades = 0;

  private constructor(script: RawScript) {
    const webSockets = new WebSocketServer({ noServer: true });
    this.#server = createServer((request, response) => {
      this.tokenRequests += 1;
      if (script.token !== undefined) script.token(request, response, this.tokenRequests);
      else response.end(JSON.stringify({ sessionToken: `token-${this.tokenRequests}` }));
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined); // The event `close` follows.
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const nth = (this.upgrades += 1);
      if (script.upgrade?.(request, socket, nth) === true) return;
      webSockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => undefined); // The event `close` follows.
        ws.on('message', (data) => {
          const message = decodeClientMessage(data as Buffer);
          if (message.type === 'ignored') return;
          if (script.message !== undefined) script.message(message, ws, nth);
          else if (message.type === MessageType.clientConfigureSession) ws.send(CONFIRMATION);
        });
      });
    });
  }

  static async start(script: RawScript = {}): Promise<RawService> {
    const service = new RawService(script);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** Options of a session that uses this service. */
  get endpoints(): {
    consoleEndpointUrl: string;
    ingressEndpointUrl: string;
    appId: string;
    avatarId: string;
  } {
    const { port } = this.#server.address() as AddressInfo;
    const host = `127.0.0.1:${port}`;
    return {
      consoleEndpointUrl: `http://${host}`,
      ingressEndpointUrl: `ws://${host}`,
      appId: 'app',
      avatarId: 'face',
    };
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
