/**
 * One open WHATWG WebSocket, as the session's port wants it. Makes up for what the API does not have where that is
 * possible; where it is not, the method is absent.
 */
import type { Clock } from '../../ports/clock.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { fitCloseReason } from '../own-transports.js';

/**
 * The part of the WHATWG WebSocket that the transport uses, so that no DOM types are needed and any implementation
 * fits: a browser's, Deno's, Node's from version 22 on, undici's, the one of the `ws` package, mock-socket's.
 */
export interface WebSocketLike {
  /** The transport sets it to `arraybuffer`. */
  binaryType: string;
  /** Absent, or always 0, in some runtimes. */
  readonly bufferedAmount?: number;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Sends one binary message. */
  send(data: Uint8Array): void;
  /** Begins the close handshake. */
  close(code?: number, reason?: string): void;
  /** Adds a listener of `open`, `message`, `error` or `close`. */
  addEventListener(type: string, listener: WebSocketListener): void;
}

/** Written as a method, whose parameter types TypeScript compares leniently: each runtime has its own event classes. */
export type WebSocketListener = { handle(event: unknown): void }['handle'];

/** A WebSocket class: one that opens a connection when it is constructed. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

const NO_MARK = -1;
const OPEN = 1;
/** The API has no event for it. One utterance chunk is 20 ms or more, so a finer look would gain nothing. */
const BUFFER_LOOK_EVERY_MS = 20;

/** Takes over a socket in its `open` event, before the first message can come. */
export class WebSocketConnection implements TransportConnection {
  private readonly socket: WebSocketLike;
  private readonly clock: Clock;
  private readonly maxMessageBytes: number;
  private readonly sink: TransportSink;
  /** `violated`: the peer did; what else it sends is ignored. */
  private state: 'open' | 'violated' | 'terminated' | 'closed' = 'open';
  private mark = NO_MARK;
  /** Bytes and characters of messages: the runtime shows nothing else. */
  private received = 0;
  private sent = 0;
  private brokenBy: Error | undefined;

  constructor(socket: WebSocketLike, clock: Clock, maxMessageBytes: number, sink: TransportSink) {
    this.socket = socket;
    this.clock = clock;
    this.maxMessageBytes = maxMessageBytes;
    this.sink = sink;
    socket.addEventListener('message', (event: { readonly data?: unknown }) => this.onMessage(event.data));
    socket.addEventListener('close', (event: { readonly code?: number; readonly reason?: string }) =>
      this.onClosed(event.code ?? 1_006, event.reason ?? ''),
    );
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount ?? 0;
  }

  get receivedBytes(): number {
    return this.received;
  }

  get takenBytes(): number {
    return this.sent - this.bufferedBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.socket.readyState !== OPEN || this.state !== 'open') return;
    this.sent += bytes.length;
    this.socket.send(bytes);
  }

  notifyBelow(bytes: number): void {
    if (this.state !== 'open') return;
    const waiting = this.mark !== NO_MARK;
    this.mark = bytes;
    if (!waiting) this.clock.schedule(0, () => this.lookAtBuffer());
  }

  /** The API allows 1000 and 3000 to 4999; any other code goes out as a close frame without one. */
  close(closeCode: number, closeReason: string): void {
    if (closeCode === 1_000 || (Number.isInteger(closeCode) && closeCode >= 3_000 && closeCode <= 4_999)) {
      this.socket.close(closeCode, fitCloseReason(closeReason));
    } else {
      this.socket.close();
    }
  }

  /** The API can only close; the runtime ends the connection behind our back. */
  terminate(): void {
    if (this.state === 'terminated' || this.state === 'closed') return;
    this.state = 'terminated';
    this.socket.close();
    // Not `queueMicrotask`: fake timers replace that.
    void Promise.resolve().then(() => this.onClosed(1_006, ''));
  }

  private onMessage(data: unknown): void {
    if (this.state !== 'open') return;
    const message = toMessage(data);
    if (message === undefined) {
      this.violate('the runtime delivered a message that is neither bytes nor text');
      return;
    }
    this.received += message.length;
    if (message.length > this.maxMessageBytes) {
      this.violate('a message exceeds the size limit');
      return;
    }
    this.sink.message(message);
  }

  /** What the runtime says of a failure; its `close` event, which follows, says only 1006. */
  broken(error: Error): void {
    this.brokenBy ??= error;
  }

  private violate(message: string): void {
    this.state = 'violated';
    this.mark = NO_MARK;
    this.socket.close();
    this.sink.violated(message);
  }

  private onClosed(code: number, reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.mark = NO_MARK;
    this.sink.closed(code, reason, this.brokenBy);
  }

  private lookAtBuffer(): void {
    if (this.mark === NO_MARK || this.state !== 'open') return;
    if (this.bufferedBytes > this.mark) {
      this.clock.schedule(BUFFER_LOOK_EVERY_MS, () => this.lookAtBuffer());
      return;
    }
    this.mark = NO_MARK;
    this.sink.drained();
  }
}

/** Told by tag, not by class: the buffer may come from another realm. */
function toMessage(data: unknown): Uint8Array | string | undefined {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]')
    return new Uint8Array(data as ArrayBuffer);
  return undefined;
}
