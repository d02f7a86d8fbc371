/**
 * The sockets of the embedded service: one loopback port with the console's token endpoint and the drive-ingress WebSocket, from `listen`
 * to `stop`. Decides nothing about the requests.
 */
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from '../../adapters/ws/ws-package.js';
import type { ResolvedEmulatorOptions } from '../context/resolve-emulator-options.js';
import { resetTcp, WsAcceptedSocket } from '../socket/ws-accepted-socket.js';
import { refusedHost, serveHttp } from './serve-http.js';
import { refusalBody } from './token-endpoint.js';
import type { TokenCall } from './token-endpoint.js';
import type { UpgradeCall } from './upgrade-endpoint.js';

/** Serves the requests. */
export interface EmulatedService {
  token(call: TokenCall): void;
  upgrade(call: UpgradeCall): void;
}

/** The longest token may be in a header or in the address; Node's default limit is 16 KiB for all headers together. */
const MAX_HEADER_BYTES = 65_536;

export class LoopbackServer {
  readonly #options: ResolvedEmulatorOptions;
  readonly #hostRefused: (detail: string) => void;
  readonly #server: Server;
  readonly #upgrades: WsUpgrades;
  readonly #tcpSockets = new Set<Socket>();
  /** Host and port, once it listens. */
  authority = '';

  constructor(
    options: ResolvedEmulatorOptions,
    service: EmulatedService,
    hostRefused: (detail: string) => void,
  ) {
    this.#options = options;
    this.#hostRefused = hostRefused;
    const upgrades = new WsUpgrades(options.maxMessageBytes);
    this.#upgrades = upgrades;
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) =>
      serveHttp(request, response, (call) => service.token(call), this.#refusal(request)),
    );
    this.#server.on('upgrade', (request, socket, head) => {
      const call = upgrades.callOf(request, socket, head);
      const refusal = this.#refusal(request);
      if (refusal === undefined) service.upgrade(call);
      else call.refuse(403, { 'Content-Type': 'application/json' }, refusalBody({ message: refusal }));
    });
    this.#server.on('connection', (socket) => {
      this.#tcpSockets.add(socket);
      socket.once('close', () => this.#tcpSockets.delete(socket));
    });
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const { address, family, port: boundPort } = this.#server.address() as AddressInfo;
    // An address of every interface can't be connected to; loopback can.
    const own = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : address;
    this.authority = family === 'IPv6' ? `[${own}]:${boundPort}` : `${own}:${boundPort}`;
  }

  /** Destroys every connection and frees the port; resolves when no socket is left. */
  stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#upgrades.close();
    for (const socket of this.#tcpSockets) socket.destroy();
    return closed;
  }

  #refusal({ headers, url, rawHeaders }: IncomingMessage): string | undefined {
    const detail = refusedHost(headers, this.#options.allowedHosts, url, rawHeaders);
    if (detail !== undefined) this.#hostRefused(detail);
    return detail;
  }
}

/**
 * Real upgrade requests: Node's HTTP server passes a TCP connection, on which `ws` runs. A refusal is written to that connection as an
 * HTTP/1.1 response. Decides nothing about the requests.
 */
class WsUpgrades {
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
    tcp.on('error', () => undefined); // The client has disconnected; `close` follows.
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
        tcp.resume(); // Reads on, so that a disconnect of the client is detected.
        tcp.on('end', () => tcp.destroy());
      },
      reset: () => resetTcp(tcp),
    };
  }

  close(): void {
    this.#server.close();
  }
}

/** Adds Content-Length, and `Connection: close` unless the headers already have `Connection` (as a false 101 does). */
function rawHttpResponse(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (!names.has('connection')) lines.push('Connection: close');
  if (!names.has('content-length') && status >= 200) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
