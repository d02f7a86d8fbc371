/**
 * The embedded avatar service: one loopback port with the console's token endpoint and the drive-ingress
 * WebSocket. Owns the sockets from `start` to `stop`; the behaviour of the service is in avatar-service.ts.
 */
import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSystemClock } from '../adapters/node/system-clock.js';
import { WebSocketServer } from '../adapters/ws/ws-package.js';
import { MAX_TIMER_MS, requireFunction, requireNumber, requireOptions } from '../core/option/option-check.js';
import { AvatarService } from './avatar-service.js';
import type { LogEntry } from './context/emulator-log.js';
import type { EmulatorOptions } from './context/emulator-options.js';
import { resolveEmulatorOptions } from './context/resolve-emulator-options.js';
import type { ResolvedEmulatorOptions } from './context/resolve-emulator-options.js';
import type { InjectedFault } from './fault/fault-plan.js';
import type { Fault } from './fault/fault.js';
import { refusedHost, serveHttp } from './http/serve-http.js';
import type { UpgradeCall } from './http/upgrade-endpoint.js';
import { resetTcp, WsAcceptedSocket } from './socket/ws-accepted-socket.js';

/**
 * Spread this into a session's configuration. The API key is public, the same in every copy of this package:
 * it protects nothing, so use it for no other service.
 */
export interface EmulatorCredentials {
  /** The API key of the first app. */
  readonly apiKey: string;
  /** The id of the first app. */
  readonly appId: string;
  /** The id of the first avatar. */
  readonly avatarId: string;
}

/** A token of the greatest length is in the header or in the address; Node's own bound is 16 KiB for all headers together. */
const MAX_HEADER_BYTES = 65_536;

/**
 * An avatar service on a loopback port: the token endpoint of the console and the WebSocket, without a network and without an
 * account.
 *
 * @example
 * ```ts
 * const service = await AvatarEmulator.start({ faults: parseFaults('demo') });
 * const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
 * const session = newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl });
 * await service.stop();
 * ```
 */
export class AvatarEmulator {
  readonly #options: ResolvedEmulatorOptions;
  readonly #service: AvatarService;
  readonly #server: Server;
  readonly #upgrades: WsUpgrades;
  readonly #tcpSockets = new Set<Socket>();
  #authority = '';
  #stopped: Promise<void> | undefined;

  private constructor(options: EmulatorOptions) {
    this.#options = resolveEmulatorOptions(options);
    const service = new AvatarService(this.#options, createSystemClock(), randomUUID);
    const upgrades = new WsUpgrades(this.#options.maxMessageBytes);
    this.#service = service;
    this.#upgrades = upgrades;
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) =>
      serveHttp(request, response, (call) => service.token(call), this.#refusal(request)),
    );
    this.#server.on('upgrade', (request, socket, head) => {
      const call = upgrades.callOf(request, socket, head);
      const refusal = this.#refusal(request);
      if (refusal === undefined) service.upgrade(call);
      else call.refuse(403, { 'Content-Type': 'application/json' }, JSON.stringify({ message: refusal }));
    });
    this.#server.on('connection', (socket) => {
      this.#tcpSockets.add(socket);
      socket.once('close', () => this.#tcpSockets.delete(socket));
    });
  }

  /**
   * Starts a service on a loopback port. It answers requests whose `Host` and `Origin` name a loopback host,
   * or one of `allowedHosts`; any other gets 403, so that a page in a browser can't use it. Wrong options
   * reject with a TypeError or RangeError before any I/O; a port that is in use rejects with the system's
   * error.
   */
  static async start(options: EmulatorOptions = {}): Promise<AvatarEmulator> {
    const emulator = new AvatarEmulator(options);
    await emulator.#listen();
    return emulator;
  }

  /** `http://127.0.0.1:PORT/v1/console` */
  get consoleEndpointUrl(): string {
    return `http://${this.#authority}/v1/console`;
  }

  /** `ws://127.0.0.1:PORT/v2/driveningress` */
  get ingressEndpointUrl(): string {
    return `ws://${this.#authority}/v2/driveningress`;
  }

  /** Of the first app and avatar. */
  get credentials(): EmulatorCredentials {
    const { apps, avatars } = this.#options;
    return { apiKey: apps[0]?.apiKey ?? '', appId: apps[0]?.appId ?? '', avatarId: avatars[0] ?? '' };
  }

  /** Oldest first; grows while the service runs, up to `maxLogEntries`. Stays readable after `stop`. */
  get log(): readonly LogEntry[] {
    return this.#service.log.entries;
  }

  /** Entries that were dropped from the log because of `maxLogEntries`. */
  get droppedLogEntries(): number {
    return this.#service.log.droppedCount;
  }

  /** WebSockets whose TCP connection is open now. */
  get openSockets(): number {
    return this.#service.openSockets;
  }

  /** The most that were open at the same time. */
  get peakOpenSockets(): number {
    return this.#service.peakOpenSockets;
  }

  /**
   * Adds a fault while the service runs, after those of the plan. A runtime fault also applies to the
   * sessions that are confirmed already, counting from now. Throws for a value that is no fault.
   */
  inject(fault: Fault): InjectedFault {
    return this.#service.inject(fault);
  }

  /**
   * Resolves with the first log entry that the predicate accepts, already written or still to come. Rejects
   * after `timeoutMs` (default 5000) with the last entries in the message, and when the service is stopped.
   */
  waitFor<Found extends LogEntry>(
    predicate: (entry: LogEntry) => entry is Found,
    options?: { readonly timeoutMs?: number },
  ): Promise<Found>;
  waitFor(
    predicate: (entry: LogEntry) => boolean,
    options?: { readonly timeoutMs?: number },
  ): Promise<LogEntry>;
  waitFor(
    predicate: (entry: LogEntry) => boolean,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<LogEntry> {
    requireFunction('predicate', predicate);
    const { timeoutMs = 5_000 } = requireOptions('', options, ['timeoutMs']);
    const withinMs = requireNumber('timeoutMs', timeoutMs, { min: 0, max: MAX_TIMER_MS });
    const found = this.#service.log.waitFor(predicate, withinMs);
    found.catch(() => undefined); // An unhandled rejection must not end the process.
    return found;
  }

  /**
   * Destroys every connection and frees the port; resolves when no socket and no timer is left. Repeating is
   * harmless.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  /** Stops the service, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #refusal({ headers, url, rawHeaders }: IncomingMessage): string | undefined {
    const detail = refusedHost(headers, this.#options.allowedHosts, url, rawHeaders);
    if (detail !== undefined) this.#service.log.add({ event: 'hostRefused', detail });
    return detail;
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const { address, family, port: boundPort } = this.#server.address() as AddressInfo;
    this.#authority = family === 'IPv6' ? `[${address}]:${boundPort}` : `${address}:${boundPort}`;
  }

  async #shutDown(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const logged = this.#service.stop();
    this.#upgrades.close();
    for (const socket of this.#tcpSockets) socket.destroy();
    await Promise.all([closed, logged]);
    this.#service.log.close();
  }
}

/**
 * Real upgrade requests: Node's HTTP server passes on a TCP connection, `ws` runs on it. A refusal is written
 * to that connection as an HTTP/1.1 response. Decides nothing about the requests.
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
