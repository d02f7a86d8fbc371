/** A real accepted WebSocket: the `ws` package over a TCP connection. Decides nothing about when something happens. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { AcceptedSocket, AcceptedSocketSink } from './service-socket.js';

type Reader = (bytes: unknown) => void;

export class WsAcceptedSocket implements AcceptedSocket {
  readonly #ws: WebSocket;
  readonly #tcp: Duplex;
  /** The listeners that read from the TCP connection before messages stopped being handled. */
  #readers: readonly Reader[] | undefined;
  #unread: unknown[] = [];
  /**
   * Events of `ws` while messages are not handled. `ws` itself reports none then; a replacement such as that of Bun may read the
   * connection without its listeners.
   */
  #late: { readonly isKept: boolean; readonly events: (() => void)[] } | undefined;
  #answersPings = true;

  constructor(ws: WebSocket, tcp: Duplex, sink: AcceptedSocketSink) {
    this.#ws = ws;
    this.#tcp = tcp;
    tcp.once('close', () => sink.disconnected());
    ws.on('error', () => undefined); // A `close` event follows.
    ws.on('message', (data, isBinary) =>
      this.#handle(() => sink.message(isBinary ? bytesOf(data) : undefined)),
    );
    // The server is created without `autoPong`.
    ws.on('ping', (data) => this.#handle(() => this.#answer(data)));
    ws.on('close', (code, reason) => sink.closed(code, reason.toString()));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  send(data: Uint8Array | string): void {
    this.#ws.send(data, () => undefined);
  }

  cork(): void {
    this.#tcp.cork();
  }

  uncork(): void {
    this.#tcp.uncork();
  }

  sendCutFrame(payload: Uint8Array): void {
    const header = Buffer.from([0x82, 126, 0, 0]);
    header.writeUInt16BE(Math.min(0xffff, payload.length), 2);
    const half = payload.subarray(0, payload.length >> 1);
    this.#tcp.write(Buffer.concat([header, half]), () => this.#tcp.destroy());
  }

  sendPing(): void {
    if (this.isOpen) this.#ws.ping('', false, () => undefined);
  }

  answerNoPings(): void {
    this.#answersPings = false;
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  reset(): void {
    resetTcp(this.#tcp);
  }

  #handle(event: () => void): void {
    if (this.#late === undefined) event();
    else if (this.#late.isKept) this.#late.events.push(event);
  }

  #answer(ping: Buffer): void {
    if (this.#answersPings && this.isOpen) this.#ws.pong(ping, false, () => undefined);
  }

  stopHandling(arrivals: 'discarded' | 'kept' | 'unread'): void {
    this.#late = { isKept: arrivals !== 'discarded', events: this.#late?.events ?? [] };
    this.#readers ??= this.#tcp.listeners('data') as Reader[];
    this.#tcp.removeAllListeners('data');
    switch (arrivals) {
      case 'unread':
        this.#ws.pause();
        this.#tcp.pause();
        return;
      case 'discarded':
        this.#tcp.on('data', () => undefined);
        return;
      case 'kept':
        this.#tcp.on('data', (bytes) => this.#unread.push(bytes));
    }
  }

  handleAgain(): void {
    if (this.#tcp.destroyed || this.#readers === undefined) return;
    this.#tcp.removeAllListeners('data');
    for (const reader of this.#readers) this.#tcp.on('data', reader);
    this.#readers = undefined;
    const unread = this.#unread;
    this.#unread = [];
    const late = this.#late?.events ?? [];
    this.#late = undefined;
    for (const event of late) event();
    for (const bytes of unread) this.#tcp.emit('data', bytes);
    this.#ws.resume();
    this.#tcp.resume();
  }
}

/** Sends RST if the socket is a TCP socket; destroys any other. */
export function resetTcp(socket: Duplex): void {
  if (socket instanceof Socket) socket.resetAndDestroy();
  else socket.destroy();
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
