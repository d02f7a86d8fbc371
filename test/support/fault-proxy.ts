/**
 * A TCP proxy on 127.0.0.1 between real clients and a real service. It delays, cuts and splits bytes as
 * networks do, and does not read their content. With `tls` it ends the TLS connection of the client, with the
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
  /** The key and the certificate, as PEM text. */
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
    // Each direction can end alone, as on a real TCP connection.
    const options = { allowHalfOpen: true };
    const take = (client: Socket): void => this.#take(client);
    this.#server =
      tls === undefined ? createServer(options, take) : createTlsServer({ ...options, ...tls }, take);
    // The client ended the TLS handshake early. It has no proxied line yet.
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

  /**
   * The number of connections that clients have made so far; with `tls`, only those whose handshake
   * succeeded.
   */
  get taken(): number {
    return this.#taken;
  }

  /** Connections that the client has not ended. */
  get openClients(): number {
    return this.#openClients;
  }

  /**
   * The most connections that were open at the same time from the client's point of view, even if the proxy
   * had cut them.
   */
  get peakOpenClients(): number {
    return this.#peakOpenClients;
  }

  /** Applies the fault to every open line, after this number of further bytes (0: at once). */
  strike(fault: LineFault, place: Omit<Place, 'from'>): void {
    for (const line of this.#lines) line.armFromNow(place, fault);
  }

  /** The bytes that open lines have received in this direction. */
  countedBytes(direction: Direction): number {
    return [...this.#lines].reduce((sum, line) => sum + line.countedBytes(direction), 0);
  }

  /** Resolves when all sockets are closed and all timers are cancelled. */
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
    socket.on('error', () => undefined); // The faults cause socket errors.
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
