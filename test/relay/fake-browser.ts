/**
 * A browser's WebSocket from the view of its server, without a network: the sent messages, and whether the
 * browser reads them. Like a real one, it answers a ping after everything before it was read.
 */
import type { RelaySocket, SocketData } from '../../src/relay/index.js';

type Message = string | Uint8Array;
type Sent = { readonly message: Message; readonly sent: () => void } | { readonly ping: string };

interface Listeners {
  readonly message: ((data: SocketData, isBinary: boolean) => void)[];
  readonly pong: ((data: Uint8Array) => void)[];
  readonly close: ((code: number) => void)[];
  readonly error: ((error: Error) => void)[];
}

export class FakeBrowser implements RelaySocket {
  readyState = 1;
  bufferedAmount = 0;
  /** The messages that the page has received. */
  readonly got: Message[] = [];
  /** The code with which the server has closed. */
  closedWith: number | undefined;
  terminated = false;
  #reads: boolean;
  #line: Sent[] = [];
  readonly #listeners: Listeners = { message: [], pong: [], close: [], error: [] };

  /** @param reads false: the browser reads nothing until `read` is called */
  constructor(reads = true) {
    this.#reads = reads;
  }

  on<Name extends keyof Listeners>(event: Name, listener: Listeners[Name][number]): this {
    (this.#listeners[event] as unknown[]).push(listener);
    return this;
  }

  send(message: Message, sent: () => void): void {
    if (this.readyState !== 1) return;
    this.#put({ message, sent }, message.length);
  }

  ping(ping: string): void {
    if (this.readyState === 1) this.#put({ ping }, 0);
  }

  close(code: number): void {
    if (this.readyState > 1) return;
    this.closedWith = code;
    this.readyState = 2;
    // A browser that does not read does not receive the close frame either.
    queueMicrotask(() => {
      if (this.#reads) this.#over(code);
    });
  }

  terminate(): void {
    this.terminated = true;
    this.#over(1006);
  }

  /** The page reads `count` messages, or everything from now on. */
  read(count = Infinity): void {
    if (count === Infinity) this.#reads = true;
    let left = count;
    while (this.#line.length > 0 && left > 0) {
      const next = this.#line.shift();
      if (next === undefined) return;
      if ('ping' in next) {
        this.pong(next.ping);
        continue;
      }
      left -= 1;
      this.got.push(next.message);
      this.bufferedAmount -= next.message.length;
      next.sent();
    }
    while (this.#line[0] !== undefined && 'ping' in this.#line[0]) this.read(0.5);
  }

  stopReading(): void {
    this.#reads = false;
  }

  /** Sends a pong, even one without a ping. */
  pong(text: string): void {
    for (const listener of this.#listeners.pong) listener(Buffer.from(text));
  }

  /** The page sends a message. */
  say(message: object | string | Uint8Array): void {
    const isBinary = message instanceof Uint8Array;
    const data = isBinary
      ? message
      : Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
    for (const listener of this.#listeners.message) listener(data, isBinary);
  }

  /** The page closes (1000, 1001), or the connection breaks. Unread messages are lost. */
  leave(code = 1006): void {
    this.#over(code);
  }

  /** The text messages that the page has received, as objects. */
  get texts(): Record<string, unknown>[] {
    return this.got.flatMap((one) =>
      typeof one === 'string' ? [JSON.parse(one) as Record<string, unknown>] : [],
    );
  }

  #put(sent: Sent, sizeBytes: number): void {
    this.#line.push(sent);
    this.bufferedAmount += sizeBytes;
    if (this.#reads) queueMicrotask(() => this.#reads && this.read());
  }

  #over(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#line = [];
    for (const listener of this.#listeners.close) listener(code);
  }
}
