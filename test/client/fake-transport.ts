/**
 * A transport without a network: a test defines for every dial what the service does and sends. It keeps the
 * contract of the port: no event during a call of the connection's own methods, and none after `closed`.
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
import type { ClientMessage, IgnoredMessage, ServerMessageContent } from '../../src/ports/message.js';

/** The reaction of the service to a dial. Without a reaction the dial never settles. */
export type ServiceScript = (dial: FakeDial) => void;

export class FakeTransport implements Transport {
  readonly name = 'fake';
  sendsHeaders = true;
  readonly dials: FakeDial[] = [];
  /** The most sockets that were open at the same time. */
  mostOpen = 0;
  readonly #script: ServiceScript;

  constructor(script: ServiceScript) {
    this.#script = script;
  }

  get openSockets(): number {
    return this.dials.filter(({ socket }) => socket?.open === true).length;
  }

  get latest(): FakeSocket {
    const socket = this.dials.at(-1)?.socket;
    if (socket === undefined) throw new Error('the latest dial has no socket');
    return socket;
  }

  dial(request: DialRequest, sink: TransportSink): Promise<TransportConnection> {
    return new Promise((resolve, reject) => {
      request.signal.throwIfAborted();
      const dial = new FakeDial(request, sink, this.dials.length + 1, resolve, reject, () => {
        this.mostOpen = Math.max(this.mostOpen, this.openSockets);
      });
      this.dials.push(dial);
      this.#script(dial);
    });
  }
}

export class FakeDial {
  readonly request: DialRequest;
  /** The number of this dial: 1 for the first dial of the transport. */
  readonly number: number;
  socket: FakeSocket | undefined;
  readonly #sink: TransportSink;
  readonly #resolve: (connection: TransportConnection) => void;
  readonly #reject: (error: Error) => void;
  readonly #onAbort: () => void;
  readonly #onOpen: () => void;

  constructor(
    request: DialRequest,
    sink: TransportSink,
    number: number,
    resolve: (connection: TransportConnection) => void,
    reject: (error: Error) => void,
    onOpen: () => void,
  ) {
    this.request = request;
    this.number = number;
    this.#sink = sink;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onOpen = onOpen;
    this.#onAbort = () => reject(request.signal.reason as Error);
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Accepts the upgrade. Later calls return the same socket. */
  accept(): FakeSocket {
    if (this.socket !== undefined) return this.socket;
    this.request.signal.removeEventListener('abort', this.#onAbort);
    this.socket = new FakeSocket(this.#sink);
    this.#onOpen();
    this.#resolve(this.socket);
    return this.socket;
  }

  /** Accepts the upgrade, and confirms every configuration. */
  confirm(connectionId = `connection-${this.number}`, capabilities: readonly string[] = []): FakeSocket {
    const socket = this.accept();
    socket.onReceive = (message) => {
      if (message.type !== MessageType.clientConfigureSession) return;
      socket.say({ type: MessageType.serverConfirmSession, connectionId, capabilities });
    };
    return socket;
  }

  refuse(error: Error): void {
    this.request.signal.removeEventListener('abort', this.#onAbort);
    this.#reject(error);
  }
}

interface Animation {
  readonly end?: boolean;
  readonly floats?: number;
}

export class FakeSocket implements TransportConnection {
  bufferedBytes = 0;
  receivedBytes = 0;
  /** Buffered bytes that the peer has taken; undefined for a socket that does not count them. */
  takenBytes: number | undefined = 0;
  open = true;
  pings = 0;
  terminated = false;
  /** The close codes that the client has sent. */
  readonly closes: number[] = [];
  readonly received: (ClientMessage | IgnoredMessage)[] = [];
  notifiedBelow: number | undefined;
  /** The reaction of the service to a message; called in a separate microtask. */
  onReceive: (message: ClientMessage | IgnoredMessage) => void = () => undefined;
  /** The reaction of the peer to a ping; the default is an answer. */
  onPing: () => void = () => {
    this.receivedBytes += 2;
    if (this.open) this.#sink.heard?.();
  };
  /** Whether the peer answers a close frame. */
  answersClose = true;
  readonly #sink: TransportSink;

  constructor(sink: TransportSink) {
    this.#sink = sink;
  }

  /** Delivers bytes or text from the service at once. */
  deliver(data: Uint8Array | string): void {
    if (!this.open) return;
    this.receivedBytes += data.length;
    this.#sink.message(data);
  }

  say(message: ServerMessageContent): void {
    this.deliver(encodeServerMessage(message));
  }

  /** Sends one animation message of `count` keyframes, each with `floats` expression values. */
  animate(reqId: string, count: number, { end = false, floats = 0 }: Animation = {}): void {
    const none: number[] = [];
    const expression = Array<number>(floats).fill(0.5);
    const keyframe = {
      translation: [1],
      rotation: none,
      neckPose: none,
      jawPose: none,
      eyePose: none,
      eyeLid: none,
      expression,
    };
    const keyframes = Array.from({ length: count }, () => keyframe);
    const type = MessageType.serverResponseAnimation;
    this.say({ type, connectionId: 'connection', avatarId: '', reqId, end, keyframes });
  }

  /** Refuses one request; the connection stays open. */
  refuseRequest(reqId: string, code: number, message: string): void {
    this.say({ type: MessageType.serverError, connectionId: 'connection', reqId, code, message });
  }

  /** Ends the connection: by a close of the service, or by a failure of the network (1006). */
  drop(closeCode = 1006, closeReason = '', cause?: unknown): void {
    if (!this.open) return;
    this.open = false;
    this.#sink.closed(closeCode, closeReason, cause);
  }

  violate(message: string): void {
    if (this.open) this.#sink.violated(message);
  }

  /** Takes all buffered bytes. */
  drain(): void {
    this.bufferedBytes = 0;
    this.notifiedBelow = undefined;
    if (this.open) this.#sink.drained();
  }

  send(bytes: Uint8Array): void {
    if (!this.open) return;
    const message = decodeClientMessage(bytes);
    this.received.push(message);
    queueMicrotask(() => this.onReceive(message));
  }

  notifyBelow(bytes: number): void {
    this.notifiedBelow = bytes;
  }

  ping(): void {
    this.pings += 1;
    queueMicrotask(() => this.onPing());
  }

  close(closeCode: number): void {
    this.closes.push(closeCode);
    if (this.answersClose) queueMicrotask(() => this.drop(closeCode));
  }

  terminate(): void {
    this.terminated = true;
    queueMicrotask(() => this.drop(1006));
  }
}
