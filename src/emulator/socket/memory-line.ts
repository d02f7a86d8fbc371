/**
 * A WebSocket without a network: the client's end, with the interface of a transport, and the service's end, with the interface of `ws`.
 * A message of one end arrives at the other later, in order. Decides nothing about when something is sent.
 */
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import type { AcceptedSocket, AcceptedSocketSink } from './service-socket.js';

/** Calls the function later, never during the call itself, in the order of the calls. */
export type Later = (run: () => void) => void;

/** The size of an empty control frame. */
const CONTROL_FRAME_BYTES = 2;
const NO_STATUS = 1005;
const LOST = 1006;
const TOO_LARGE = 1009;

export interface MemoryLineOptions<Sink = TransportSink> {
  readonly later: Later;
  readonly sink: Sink;
  /** A larger message to this end ends the connection. */
  readonly maxMessageBytes: number;
}

export class MemoryClient implements TransportConnection {
  receivedBytes = 0;
  /** Bytes that the service has not read yet. */
  bufferedBytes = 0;
  #service: MemoryService | undefined;
  readonly #options: MemoryLineOptions;
  #sentBytes = 0;
  #state: 'open' | 'closing' | 'terminated' | 'violated' | 'closed' = 'open';
  #peerClose: { readonly code: number; readonly reason: string } | undefined;
  #mark: number | undefined;

  constructor(options: MemoryLineOptions) {
    this.#options = options;
  }

  /** The service's end of the line, which accepts messages of up to `maxMessageBytes`. */
  accept(sink: AcceptedSocketSink, maxMessageBytes: number): MemoryService {
    this.#service = new MemoryService(this, { ...this.#options, sink, maxMessageBytes });
    return this.#service;
  }

  get takenBytes(): number {
    return this.#sentBytes - this.bufferedBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#sentBytes += bytes.length;
    this.#later(() => this.#service?.message(bytes));
  }

  notifyBelow(bytes: number): void {
    if (this.#state !== 'open') return;
    this.#mark = bytes;
    this.#options.later(() => this.look());
  }

  ping(): void {
    if (this.#state === 'open') this.#later(() => this.#service?.ping());
  }

  close(closeCode: number, closeReason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    const code = isSendable(closeCode) ? closeCode : NO_STATUS;
    this.#later(() => this.#service?.closeFrame(code, closeReason));
  }

  terminate(): void {
    if (this.#state === 'terminated' || this.#state === 'closed') return;
    this.#state = 'terminated';
    this.abandon();
    this.#options.later(() => this.ended());
  }

  /** Tells the service's end that no more messages come. */
  abandon(): void {
    this.#later(() => this.#service?.ended());
  }

  message(data: Uint8Array | string): void {
    this.receivedBytes += CONTROL_FRAME_BYTES + data.length;
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    if (data.length <= this.#options.maxMessageBytes) {
      this.#options.sink.message(data);
      return;
    }
    this.#state = 'violated';
    this.#later(() => this.#service?.closeFrame(TOO_LARGE, ''));
    this.#options.sink.violated('Max payload size exceeded');
  }

  closeFrame(code: number, reason: string): void {
    this.receivedBytes += CONTROL_FRAME_BYTES + reason.length;
    this.#peerClose = { code, reason };
    if (this.#state === 'open') this.#later(() => this.#service?.closeFrame(code, reason));
    if (this.#state === 'open') this.#state = 'closing';
  }

  /** A ping, which is answered, or a pong. */
  controlFrame(kind: 'ping' | 'pong'): void {
    this.receivedBytes += CONTROL_FRAME_BYTES;
    if (kind === 'pong' && (this.#state === 'open' || this.#state === 'closing'))
      this.#options.sink.heard?.();
  }

  /** The connection has ended; `cause` is the reason of a broken one. */
  ended(cause?: Error): void {
    if (this.#state === 'closed') return;
    const closedByPeer = this.#state === 'violated' ? undefined : this.#peerClose;
    const isOwn = this.#state === 'terminated';
    this.#state = 'closed';
    const { code, reason } = closedByPeer ?? { code: LOST, reason: '' };
    this.#options.sink.closed(code, reason, closedByPeer === undefined && !isOwn ? cause : undefined);
  }

  /** Call it when the service has read more, or has stopped or resumed reading. */
  look(): void {
    if (this.#mark === undefined || this.#state !== 'open' || this.bufferedBytes > this.#mark) return;
    this.#mark = undefined;
    this.#options.sink.drained();
  }

  #later(arrive: () => void): void {
    this.#options.later(arrive);
  }
}

export class MemoryService implements AcceptedSocket {
  readonly #client: MemoryClient;
  readonly #later: Later;
  readonly #sink: AcceptedSocketSink;
  readonly #maxMessageBytes: number;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #arrivals: 'handled' | 'discarded' | 'kept' | 'unread' = 'handled';
  #waiting: (() => void)[] = [];
  #segment: (() => void)[] | undefined;
  #answersPings = true;

  constructor(client: MemoryClient, { later, sink, maxMessageBytes }: MemoryLineOptions<AcceptedSocketSink>) {
    this.#client = client;
    this.#later = later;
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  send(data: Uint8Array | string): void {
    if (this.isOpen) this.#put(() => this.#client.message(data));
  }

  cork(): void {
    this.#segment ??= [];
  }

  uncork(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment === undefined) return;
    this.#later(() => {
      for (const arrive of segment) arrive();
    });
  }

  sendCutFrame(): void {
    this.#end(LOST, '', ENDED_BY_SERVICE);
  }

  sendPing(): void {
    if (this.isOpen) this.#put(() => this.#client.controlFrame('ping'));
  }

  answerNoPings(): void {
    this.#answersPings = false;
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#state = 'closing';
    this.#put(() => this.#client.closeFrame(code, reason));
  }

  terminate(): void {
    this.#end(LOST, '', ENDED_BY_SERVICE);
  }

  reset(): void {
    this.#end(LOST, '', systemError('ECONNRESET'));
  }

  stopHandling(arrivals: 'discarded' | 'kept' | 'unread'): void {
    this.#arrivals = arrivals;
  }

  handleAgain(): void {
    this.#arrivals = 'handled';
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#client.bufferedBytes = 0;
    for (const arrive of waiting) arrive();
    this.#later(() => this.#client.look());
  }

  message(bytes: Uint8Array): void {
    if (this.#arrivals === 'unread') this.#client.bufferedBytes += bytes.length;
    this.#handle(() => {
      if (bytes.length > this.#maxMessageBytes) this.close(TOO_LARGE, '');
      else this.#sink.message(bytes);
    });
  }

  ping(): void {
    this.#handle(() => {
      if (this.#answersPings) this.#put(() => this.#client.controlFrame('pong'));
    });
  }

  closeFrame(code: number, reason: string): void {
    this.#handle(() => {
      if (this.#state === 'open') this.#put(() => this.#client.closeFrame(code, reason));
      this.#end(code, reason);
    });
  }

  /** The client has disconnected without a close frame. A service that reads nothing does not notice it. */
  ended(): void {
    if (this.#arrivals !== 'unread') this.#end(LOST, '');
  }

  #put(arrive: () => void): void {
    if (this.#segment === undefined) this.#later(arrive);
    else this.#segment.push(arrive);
  }

  #handle(arrive: () => void): void {
    if (this.#state === 'closed' || this.#arrivals === 'discarded') return;
    if (this.#arrivals === 'handled') arrive();
    else this.#waiting.push(arrive);
  }

  #end(code: number, reason: string, cause?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.uncork();
    this.#later(() => this.#client.ended(cause));
    // The client notices the close after the latency. This end is closed at once, but not during the call.
    void Promise.resolve().then(() => {
      this.#sink.disconnected();
      this.#sink.closed(code, reason);
    });
  }
}

function isSendable(code: number): boolean {
  return Number.isInteger(code) && code >= 1000 && code < 5000 && code !== NO_STATUS && code !== LOST;
}

const ENDED_BY_SERVICE: Error = Object.freeze(
  Object.assign(new Error('the other side ended the TCP connection without a close frame'), {
    code: 'ERR_STREAM_PREMATURE_CLOSE',
  }),
);

export function systemError(code: 'ECONNRESET' | 'ECONNREFUSED'): Error {
  return Object.assign(new Error(code === 'ECONNRESET' ? 'read ECONNRESET' : 'connect ECONNREFUSED'), {
    code,
    syscall: code === 'ECONNRESET' ? 'read' : 'connect',
  });
}
