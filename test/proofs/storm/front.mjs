// @ts-check
/**
 * The front of the embedded service in a storm of real processes: it can be down, and afterwards passes a
 * limited number of upgrades per second, in the order of their arrival. The same two kinds as in the
 * simulation (src/storm/storm-service.ts). Token requests do not pass through it.
 */
import { createServer } from 'node:http';
import { connect } from 'node:net';

/**
 * @typedef {import('node:stream').Duplex} Socket
 * @typedef {import('../../../dist/storm/storm-service.js').StormModel} StormModel
 * @typedef {import('../../../dist/storm/storm-service.js').StormServiceNumbers} StormServiceNumbers
 * @typedef {{ readonly request: import('node:http').IncomingMessage, readonly socket: Socket, readonly head: Buffer }} Upgrade
 */

const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

export class Front {
  /**
   * Refusals, and upgrades of clients that had disconnected, counted in handshakes since the front works
   * again.
   */
  wastedHandshakes = 0;
  /** Upgrades that arrived since it went down. */
  dials = 0;
  /**
   * The time that a refusal takes while it is down, in milliseconds, and the most upgrades that it refused at
   * the same time.
   */
  refusalMs = 0;
  peakRefusing = 0;
  #refusing = 0;
  /** @type {StormModel} */
  #model = 'queues';
  #isAway = false;
  /** Whether upgrades wait for their turn. True from the first outage on. */
  #isLimited = false;
  #owedMs = 0;
  /** @type {Upgrade[]} */
  #waiting = [];
  /** @type {Set<Socket>} */
  #open = new Set();
  #target;
  #numbers;
  #server = createServer((_, response) => response.writeHead(404).end());

  /** @param {URL} target @param {StormServiceNumbers} numbers */
  constructor(target, numbers) {
    this.#target = target;
    this.#numbers = numbers;
    this.#server.on('upgrade', (request, socket, head) => {
      this.#take({ request, socket, head });
    });
  }

  /** @returns {Promise<string>} its address */
  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `ws://127.0.0.1:${port}${this.#target.pathname}`;
  }

  /**
   * Cuts all connections within this time, and refuses upgrades for `forMs`.
   * @param {StormModel} model
   * @param {number} withinMs
   * @param {number} forMs
   */
  async goAway(model, withinMs, forMs) {
    this.leave(model, withinMs);
    await new Promise((resolve) => setTimeout(resolve, forMs));
    this.comeBack();
  }

  /**
   * Like `goAway`, but until `comeBack` is called.
   * @param {StormModel} model
   * @param {number} withinMs
   */
  leave(model, withinMs) {
    this.#model = model;
    this.#isAway = this.#isLimited = true;
    this.wastedHandshakes = this.dials = 0;
    for (const socket of this.#open) setTimeout(() => socket.destroy(), Math.random() * withinMs);
  }

  comeBack() {
    this.#isAway = false;
  }

  stop() {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  /** The upgrades that it is refusing now. */
  get refusing() {
    return this.#refusing;
  }

  get #handshakeMs() {
    return 1_000 / this.#numbers.handshakesPerSecond;
  }

  /** @param {Upgrade} upgrade */
  #take(upgrade) {
    const { socket } = upgrade;
    this.dials += 1;
    socket.on('error', () => undefined);
    if (!this.#isLimited) this.#pass(upgrade);
    else if (this.#isAway) this.#refuse(socket);
    else if (this.#model === 'sheds' && this.#waiting.length >= this.#numbers.acceptQueue) {
      socket.end(REFUSAL);
      this.wastedHandshakes += this.#numbers.refusalCost;
      this.#owedMs += this.#numbers.refusalCost * this.#handshakeMs;
    } else {
      // A client that waits for its upgrade sends nothing, so reading only detects its end.
      socket.resume().once('end', () => socket.destroy());
      this.#waiting.push(upgrade);
      if (this.#waiting.length === 1) this.#serveNext();
    }
  }

  /** @param {Socket} socket */
  #refuse(socket) {
    this.#refusing += 1;
    this.peakRefusing = Math.max(this.peakRefusing, this.#refusing);
    setTimeout(() => {
      this.#refusing -= 1;
      socket.end(REFUSAL);
    }, this.refusalMs);
  }

  #serveNext() {
    setTimeout(() => {
      if (this.#owedMs > 0) {
        const owedMs = this.#owedMs;
        this.#owedMs = 0;
        setTimeout(() => this.#serve(), owedMs);
      } else this.#serve();
    }, this.#handshakeMs);
  }

  #serve() {
    const upgrade = this.#waiting.shift();
    if (this.#waiting.length > 0) this.#serveNext();
    if (upgrade === undefined) return;
    if (upgrade.socket.destroyed) this.wastedHandshakes += 1;
    else this.#pass(upgrade);
  }

  /** @param {Upgrade} upgrade */
  #pass({ request, socket, head }) {
    const service = connect(Number(this.#target.port), this.#target.hostname);
    const { rawHeaders } = request;
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    service.write(`${lines.join('\r\n')}\r\n\r\n`);
    service.write(head);
    socket.removeAllListeners('end');
    socket.pipe(service).pipe(socket);
    this.#open.add(socket);
    service.on('error', () => socket.destroy());
    service.once('close', () => socket.destroy());
    socket.once('close', () => {
      this.#open.delete(socket);
      service.destroy();
    });
  }
}
