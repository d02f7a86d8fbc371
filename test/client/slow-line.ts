/**
 * A transport over a line with a limited rate, in virtual time. Sent bytes wait in the buffer of the operating
 * system,
 * and in the socket when that buffer is full. Pings, pongs and audio are sent in order. Its service confirms,
 * and answers
 * a request when it has all of it.
 */
import type {
  DialRequest,
  Transport,
  TransportConnection,
  TransportSink,
} from '../../src/ports/transport.js';
import { decodeClientMessage } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import type { ServerMessageContent } from '../../src/ports/message.js';
import type { VirtualClock } from '../virtual-clock.js';

export interface SlowLinePlan {
  readonly bytesPerSecond: number;
  /** The bytes that the operating system accepts without an acknowledgement of the peer. Default 0. */
  readonly systemBytes?: number;
  /**
   * The line sends only once in this many milliseconds, and then as much as its rate allows since then.
   * Default: always.
   */
  readonly burstMs?: number;
  /** Whether the transport reports answers to pings; otherwise only `receivedBytes` shows them. Default true. */
  readonly tellsAnswers?: boolean;
  /** Whether the transport can send pings. Default true. */
  readonly canPing?: boolean;
}

interface Item {
  leftBytes: number;
  readonly sentAtMs: number;
  readonly arrive: () => void;
}

const PING_BYTES = 6;
const STEP_MS = 10;

export class SlowLine implements Transport {
  readonly name = 'slow line';
  readonly sendsHeaders = true;
  readonly sockets: SlowSocket[] = [];
  readonly #clock: VirtualClock;
  readonly #plan: SlowLinePlan;

  constructor(clock: VirtualClock, plan: SlowLinePlan) {
    this.#clock = clock;
    this.#plan = plan;
  }

  dial(_request: DialRequest, sink: TransportSink): Promise<TransportConnection> {
    const socket = new SlowSocket(this.#clock, this.#plan, sink);
    this.sockets.push(socket);
    if (this.#plan.canPing !== false) return Promise.resolve(socket);
    // Without `ping`, as a WHATWG WebSocket.
    return Promise.resolve({
      get bufferedBytes(): number {
        return socket.bufferedBytes;
      },
      get receivedBytes(): number {
        return socket.receivedBytes;
      },
      send: (bytes) => socket.send(bytes),
      notifyBelow: (bytes) => socket.notifyBelow(bytes),
      close: () => socket.close(),
      terminate: () => socket.terminate(),
    });
  }
}

export class SlowSocket implements TransportConnection {
  receivedBytes = 0;
  takenBytes = 0;
  heardBytes = 0;
  /** The number of received messages that were the last of their request. */
  heardEnds = 0;
  /** The time from sending to arrival of pings and of answers to pings, milliseconds. */
  readonly pingWaitsMs: number[] = [];
  /** False for a line that has stopped sending. */
  takes = true;
  readonly #clock: VirtualClock;
  readonly #plan: SlowLinePlan;
  readonly #sink: TransportSink;
  readonly #items: Item[] = [];
  #waitingBytes = 0;
  #allowedBytes = 0;
  #mark: number | undefined;
  #open = true;
  #moves = false;

  constructor(clock: VirtualClock, plan: SlowLinePlan, sink: TransportSink) {
    this.#clock = clock;
    this.#plan = plan;
    this.#sink = sink;
  }

  get bufferedBytes(): number {
    return Math.max(0, this.#waitingBytes - (this.#plan.systemBytes ?? 0));
  }

  send(bytes: Uint8Array): void {
    this.#push(bytes.length + 8, () => this.#serve(bytes));
  }

  ping(): void {
    this.#pushPing(() => {
      this.receivedBytes += 2;
      if (this.#plan.tellsAnswers !== false) this.#sink.heard?.();
    });
  }

  /** Sends the answer to a ping of the service. */
  pinged(): void {
    this.receivedBytes += 2;
    this.#pushPing(() => undefined);
  }

  notifyBelow(bytes: number): void {
    this.#mark = bytes;
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    if (!this.#open) return;
    this.#open = false;
    queueMicrotask(() => this.#sink.closed(1006, ''));
  }

  #pushPing(arrive: () => void): void {
    const sentAtMs = this.#clock.nowMs();
    this.#push(PING_BYTES, () => {
      this.pingWaitsMs.push(this.#clock.nowMs() - sentAtMs);
      arrive();
    });
  }

  #push(bytes: number, arrive: () => void): void {
    if (!this.#open) return;
    this.#items.push({ leftBytes: bytes, sentAtMs: this.#clock.nowMs(), arrive });
    this.#waitingBytes += bytes;
    if (!this.#moves) this.#moveLater();
    this.#moves = true;
  }

  #moveLater(): void {
    this.#clock.schedule(this.#plan.burstMs ?? STEP_MS, () => this.#move());
  }

  #move(): void {
    const { bytesPerSecond, burstMs = STEP_MS } = this.#plan;
    const buffered = this.bufferedBytes;
    this.#allowedBytes += this.takes ? (bytesPerSecond * burstMs) / 1000 : 0;
    while (this.#items[0] !== undefined && this.#allowedBytes > 0) {
      const [item] = this.#items;
      const taken = Math.min(item.leftBytes, this.#allowedBytes);
      item.leftBytes -= taken;
      this.#allowedBytes -= taken;
      this.#waitingBytes -= taken;
      if (item.leftBytes > 0) break;
      this.#items.shift();
      item.arrive();
    }
    this.takenBytes += buffered - this.bufferedBytes;
    if (this.#mark !== undefined && this.bufferedBytes <= this.#mark) {
      this.#mark = undefined;
      this.#sink.drained();
    }
    this.#moves = this.#open && this.#items.length > 0;
    // Unused rate of the line is not added up while no bytes wait.
    if (this.#items.length === 0) this.#allowedBytes = 0;
    if (this.#moves) this.#moveLater();
  }

  #serve(bytes: Uint8Array): void {
    const message = decodeClientMessage(bytes);
    if (message.type === MessageType.clientConfigureSession) {
      this.#say({ type: MessageType.serverConfirmSession, connectionId: 'c', capabilities: [] });
    }
    if (message.type !== MessageType.clientAudioInput) return;
    this.heardBytes += message.audio.length;
    if (!message.end) return;
    this.heardEnds += 1;
    const { reqId } = message;
    const end = { connectionId: 'c', end: true, avatarId: '', keyframes: [] };
    this.#say({ type: MessageType.serverResponseAnimation, reqId, ...end });
  }

  #say(content: ServerMessageContent): void {
    const bytes = encodeServerMessage(content);
    this.receivedBytes += bytes.length;
    queueMicrotask(() => {
      if (this.#open) this.#sink.message(bytes);
    });
  }
}
