/**
 * A TCP proxy on 127.0.0.1 between real clients and a real service, which delays, cuts and splits the bytes
 * as networks do. Independent of their content; `tls` makes it the end of a TLS connection, with the
 * certificate of the test.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Direction, LineFault, Place, PlannedFault } from './line-fault.js';
import { ProxiedLine } from './proxied-line.js';

export interface FaultProxyOptions {
  /** The service's port on 127.0.0.1. */
  readonly targetPort: number;
  readonly faults?: readonly PlannedFault[];
  /** PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #faults: readonly PlannedFault[];
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Set<ProxiedLine>();
  #taken = 0;
  #openClients = 0;
  #peakOpenClients = 0;

  private constructor({ targetPort, faults = [], tls }: FaultProxyOptions) {
    this.#targetPort = targetPort;
    this.#faults = faults;
    // Each direction ends by itself, as on a line.
    const options = { allowHalfOpen: true };
    const take = (client: Socket): void => this.#take(client);
    this.#server =
      tls === undefined ? createServer(options, take) : createTlsServer({ ...options, ...tls }, take);
    // A client that breaks off the TLS handshake; it has no line yet.
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('connection', (socket) => this.#keep(socket));
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that clients have made so far; with `tls` those whose handshake succeeded. */
  get taken(): number {
    return this.#taken;
  }

  /** Connections that their client has not ended. */
  get openClients(): number {
    return this.#openClients;
  }

  /**
   * The most connections that were open at the same time from the client's point of view, whatever happened
   * to the line.
   */
  get peakOpenClients(): number {
    return this.#peakOpenClients;
  }

  /** The fault strikes every line that is open, so many bytes from now (0: at once). */
  strike(fault: LineFault, place: Omit<Place, 'from'>): void {
    for (const line of this.#lines) line.armFromNow(place, fault);
  }

  /** Bytes in this direction over the lines that are open. */
  countedBytes(direction: Direction): number {
    return [...this.#lines].reduce((sum, line) => sum + line.countedBytes(direction), 0);
  }

  /** Resolves when no socket and no timer is left. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const line of this.#lines) line.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined); // Broken sockets are what this is about.
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #take(client: Socket): void {
    this.#taken += 1;
    this.#openClients += 1;
    this.#peakOpenClients = Math.max(this.#peakOpenClients, this.#openClients);
    let over = false;
    const gone = (): void => {
      if (!over) this.#openClients -= 1;
      over = true;
    };
    client.once('end', gone).once('close', gone);
    this.#keep(client);
    const service = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#keep(service);
    const line = new ProxiedLine(client, service);
    this.#lines.add(line);
    client.once('close', () => this.#lines.delete(line));
    for (const { connection, place, fault } of this.#faults) {
      if (connection === 'always' || connection === this.#taken) line.arm(place, fault);
    }
  }
}
