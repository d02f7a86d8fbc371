// @ts-check
/**
 * The servers behind a proxy: nodes of the embedded service, and servers that do not answer. All on
 * 127.0.0.1.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A TCP server that keeps its port, also over restarts. */
export class Backend {
  #take;
  /** @type {import('node:net').Server | undefined} */
  #server;
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  port = 0;

  /** @param {(socket: import('node:net').Socket) => void} take */
  constructor(take) {
    this.#take = take;
  }

  async start() {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
      this.#take(socket);
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
    this.#server = server;
    return this;
  }

  /** Stops listening, and resets every connection. */
  async stop() {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    server.close();
    await once(server, 'close');
  }
}

/**
 * A node of the service: it forwards its connections to the service itself, which several nodes share.
 * @param {number} servicePort
 */
export function serviceNode(servicePort) {
  return new Backend((client) => {
    const service = connect({ port: servicePort, host: '127.0.0.1', allowHalfOpen: true });
    service.on('error', () => client.destroy());
    service.on('close', () => client.destroy());
    client.on('close', () => service.destroy());
    client.pipe(service);
    service.pipe(client);
  }).start();
}

/** Accepts connections and never answers, so the proxy answers 504. */
export function hungServer() {
  return new Backend((socket) => void socket.resume()).start();
}

/** Ends every connection without an answer, so the proxy answers 502. */
export function closingServer() {
  return new Backend((socket) => void socket.once('data', () => socket.destroy())).start();
}
