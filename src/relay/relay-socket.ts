/**
 * One WebSocket to a browser: sends the messages of the outbox as fast as the browser reads them, pings, and closes the connection if the
 * browser violates a limit. A pong confirms everything that was sent before its ping, so a browser that does not read is noticed. Must
 * not know sessions.
 */
import type { Clock, Timer } from '../ports/clock.js';
import type { Encoded } from './dialects.js';
import { BrokenRule } from './messages.js';
import type { DownMessage, UpMessage } from './messages.js';
import type { Outbox } from './outbox.js';

/** A WebSocket of a server with the members that a relay uses, as the package `ws` has them. */
export interface RelaySocket {
  /** 1 while it is open, as in browsers. */
  readonly readyState: number;
  /** Bytes that the system has not taken yet. */
  readonly bufferedAmount: number;
  /** Sends a text or a binary message; `sent` is called when the system has taken it. */
  send(data: string | Uint8Array, sent: (error?: Error) => void): void;
  /** Sends a ping with this text. */
  ping(data: string): void;
  /** Begins the close handshake. */
  close(code: number, reason?: string): void;
  /** Ends the connection at once. */
  terminate(): void;
  /** A message: bytes, also for text. */
  on(event: 'message', listener: (data: SocketData, isBinary: boolean) => void): unknown;
  /** The answer to a ping, with its text. */
  on(event: 'pong', listener: (data: Uint8Array) => void): unknown;
  /** The connection is closed. */
  on(event: 'close', listener: (code: number) => void): unknown;
  /** The connection has failed; `close` follows. */
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A message as `ws` delivers it, by its option `binaryType`. */
export type SocketData = Uint8Array | ArrayBuffer | readonly Uint8Array[];

/** Close codes that a relay sends. */
export const CLOSE_CODES = {
  /** The relay was closed, so a reconnect is useless. */
  over: 1000,
  /** The browser violated the dialect, or sent too much. */
  brokenRule: 1008,
  /** A message was too large. */
  tooLarge: 1009,
  /** The session has failed; the code of the failure was sent before. */
  failed: 1011,
  /** Another connection has taken over with the same id. */
  replaced: 4001,
} as const;

/** The limits for messages and answers of a browser. */
export interface SocketLimits {
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
  readonly maxMessagesPerSecond: number;
  readonly heartbeatMs: number;
  readonly clock: Clock;
}

export interface SocketHost {
  /** All messages have been sent. */
  drained(): void;
  received(message: UpMessage): void;
  /** The connection is no longer used. Called once, but not after `leave`. */
  left(code: number): void;
}

const OPEN = 1;
const CLOSED = 3;
const ABNORMAL = 1006;
/** The time limit of the peer's part of the close handshake, milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Pings per window. */
const PINGS_PER_WINDOW = 4;

interface Ping {
  /** Random, so that only a peer that has read the ping can answer it. */
  readonly token: string;
  readonly number: number;
}

export class BrowserLine {
  readonly #socket: RelaySocket;
  readonly #outbox: Outbox;
  readonly #limits: SocketLimits;
  readonly #clock: Clock;
  readonly #host: SocketHost;
  /** Pings without an answer, oldest first. */
  #pings: Ping[] = [];
  #bytesSincePing = 0;
  #answered = true;
  #heartbeat: Timer | undefined;
  #isReady = false;
  #isLeft = false;
  /** How many messages the browser may send now. */
  #allowance: number;
  #allowedAtMs: number;
  readonly #flushed = (): void => this.flush();

  constructor(socket: RelaySocket, outbox: Outbox, limits: SocketLimits, host: SocketHost) {
    const { clock } = limits;
    this.#socket = socket;
    this.#outbox = outbox;
    this.#limits = limits;
    this.#clock = clock;
    this.#host = host;
    this.#allowance = limits.maxMessagesPerSecond;
    this.#allowedAtMs = clock.nowMs();
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('pong', (data) => this.#ponged(data));
    socket.on('close', (code) => this.#closed(code));
    // `close` follows. The listener stays: without one an error would be an uncaught exception.
    socket.on('error', () => undefined);
    this.#beat();
    if (socket.readyState > OPEN) clock.afterPendingInput(() => this.#closed(ABNORMAL));
  }

  /** Sends `ready`, and then the waiting messages. */
  ready(message: DownMessage): void {
    const data = this.#outbox.dialect.encode(message);
    if (data !== undefined) this.#send(data);
    this.#isReady = true;
    this.flush();
  }

  /** Sends the waiting messages without `ready`, which will not come. */
  release(): void {
    this.#isReady = true;
    this.flush();
  }

  /** Sends waiting messages as far as the browser has read the earlier ones. */
  flush(): void {
    const { windowBytes } = this.#limits;
    while (
      this.#isReady &&
      !this.#isLeft &&
      this.#outbox.onLineBytes < windowBytes &&
      this.#socket.bufferedAmount < windowBytes
    ) {
      const data = this.#outbox.next();
      if (data === undefined) {
        this.#host.drained();
        return;
      }
      this.#send(data);
      this.#bytesSincePing += data.length;
      if (this.#bytesSincePing >= windowBytes / PINGS_PER_WINDOW) this.#ping();
    }
  }

  /** Ends the connection with the close handshake; it is no longer used, and `left` is not called. */
  leave(code: number): void {
    if (this.#isLeft) return;
    this.#stop();
    this.#close(code);
  }

  #send(data: Encoded): void {
    try {
      this.#socket.send(data, this.#flushed);
    } catch {
      // The socket is not open: `close` follows, and the browser confirms nothing on it.
    }
  }

  #ping(): void {
    const token = crypto.randomUUID();
    this.#pings.push({ token, number: this.#outbox.nextOnLine });
    this.#bytesSincePing = 0;
    try {
      this.#socket.ping(token);
    } catch {
      // Ignored for the same reason as in `#send`.
    }
  }

  #ponged(data: Uint8Array): void {
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
    const at = this.#pings.findIndex(({ token }) => token === text);
    const ping = this.#pings[at];
    // A pong without a ping is allowed, and ignored.
    if (this.#isLeft || ping === undefined) return;
    this.#pings.splice(0, at + 1);
    this.#answered = true;
    this.#outbox.confirmed(ping.number);
    this.flush();
  }

  /** Called once in each interval: a browser that has answered no ping in a whole interval counts as disconnected. */
  #beat(): void {
    this.#heartbeat = this.#clock.schedule(this.#limits.heartbeatMs, () => {
      // A late timer runs before the sockets are read.
      this.#clock.afterPendingInput(() => {
        if (this.#isLeft) return;
        if (this.#pings.length > 0 && !this.#answered) {
          this.#socket.terminate();
          this.#closed(ABNORMAL);
          return;
        }
        this.#answered = false;
        if (this.#pings.length === 0) this.#ping();
        this.#beat();
      });
    });
  }

  #received(data: SocketData, isBinary: boolean): void {
    if (this.#isLeft) return;
    try {
      const bytes = bytesOf(data);
      if (bytes.length > this.#limits.maxMessageBytes)
        throw new BrokenRule('too large', CLOSE_CODES.tooLarge);
      this.#count();
      this.#host.received(this.#outbox.dialect.decode(bytes, isBinary));
    } catch (error) {
      // Other errors are failures of the relay itself.
      if (!(error instanceof BrokenRule)) throw error;
      this.#stop();
      this.#close(error.closeCode);
      this.#host.left(error.closeCode);
    }
  }

  /** Counts a message against the limits per second and at once. */
  #count(): void {
    const most = this.#limits.maxMessagesPerSecond;
    const nowMs = this.#clock.nowMs();
    this.#allowance = Math.min(most, this.#allowance + ((nowMs - this.#allowedAtMs) / 1_000) * most);
    this.#allowedAtMs = nowMs;
    if (this.#allowance < 1) throw new BrokenRule('too many messages');
    this.#allowance -= 1;
  }

  #closed(code: number): void {
    if (this.#isLeft) return;
    this.#stop();
    this.#host.left(code);
  }

  #stop(): void {
    this.#isLeft = true;
    this.#heartbeat?.cancel();
    this.#pings = [];
  }

  #close(code: number): void {
    const socket = this.#socket;
    try {
      // Without a reason, because browsers get no texts.
      socket.close(code);
    } catch {
      // The socket is closed already.
    }
    if (socket.readyState === CLOSED) return;
    const timer = this.#clock.schedule(CLOSE_TIMEOUT_MS, () => socket.terminate());
    socket.on('close', () => timer.cancel());
  }
}

function bytesOf(data: SocketData): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return Buffer.concat(data);
}
