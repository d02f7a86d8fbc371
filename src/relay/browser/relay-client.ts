/**
 * The page's client for the relay's own dialect: reads messages, counts them, and reconnects with its id when the WebSocket is lost. Runs
 * in browsers, and in Node with a WebSocket. Plays and draws nothing.
 */
import { decodeBinaryMessage } from './binary-format.js';
import type {
  RelayClientHandlers,
  RelayClientOptions,
  RelayClientState,
  RelayReady,
  WebSocketLike,
} from './relay-client-options.js';

const OPEN = 1;
/** Close codes after which a reconnect is useless: over, a violated rule, a failed session, replaced. */
const FINAL_CODES: readonly number[] = [1000, 1003, 1008, 1009, 1011, 4001];
const BASE_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;
/** The close code of a page that will not reconnect. */
const NORMAL_CLOSURE = 1000;

/**
 * A connection to a relay across any number of WebSockets: while the relay lingers, no message is lost or delivered twice. After that the
 * page starts afresh, and `onReady` has `resumed: false`.
 *
 * @example
 * ```ts
 * const relay = new RelayClient({ url: 'wss://example.com/avatar', onAudio, onFrame, onEnd, onInterrupt });
 * sendButton.onclick = () => relay.send({ type: 'text', text: input.value });
 * ```
 */
export class RelayClient {
  readonly #options: RelayClientOptions;
  #socket: WebSocketLike | undefined;
  #state: RelayClientState = 'connecting';
  #id: string | undefined;
  /** The number of messages after `ready`, on all connections. */
  #received: number | undefined;
  /** The request of the current messages. */
  #reqId: string | undefined;
  /** A request that the page has interrupted: its later messages are not delivered. */
  #droppedReqId: string | undefined;
  /** Connections that failed since the latest `ready`. */
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Connects at once. */
  constructor(options: RelayClientOptions) {
    this.#options = options;
    this.#id = options.id;
    this.#connect();
  }

  /** The current state. */
  get state(): RelayClientState {
    return this.#state;
  }

  /** The id with which it reconnects; set from the first `onReady` on. */
  get id(): string | undefined {
    return this.#id;
  }

  /**
   * Sends a message to the application: `{ type: 'text', text }`, `{ type: 'speak', … }`, `{ type: 'set_avatar', avatarId }`, or one of
   * another type. Bytes are audio of the microphone. Returns false without a connection: the message is not kept.
   */
  send(message: Readonly<Record<string, unknown>> | Uint8Array): boolean {
    const socket = this.#socket;
    if (socket?.readyState !== OPEN) return false;
    socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
    return true;
  }

  /**
   * Reports how much of a request was played, milliseconds, so that interrupts have the actual position. Call it a few times a second.
   */
  played(reqId: string, ms: number): void {
    this.send({ type: 'played', reqId, ms: Math.max(0, ms) });
  }

  /** Interrupts: `onInterrupt` is called at once, and no further message of the current request is delivered. */
  interrupt(): void {
    this.send({ type: 'interrupt' });
    this.#drop(this.#reqId);
  }

  /** Closes without a reconnect, so the relay does not wait for this page. */
  close(): void {
    this.#end(NORMAL_CLOSURE);
    this.#socket?.close(NORMAL_CLOSURE);
  }

  #connect(): void {
    const { url, WebSocket = (globalThis as { WebSocket?: new (url: string) => WebSocketLike }).WebSocket } =
      this.#options;
    if (WebSocket === undefined) throw new TypeError('there is no WebSocket here: give the option WebSocket');
    this.#change('connecting');
    const address = new URL(url);
    if (this.#id !== undefined) address.searchParams.set('relay', this.#id);
    if (this.#received !== undefined) address.searchParams.set('received', String(this.#received));
    const socket = new WebSocket(address.href);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#got(data);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket === socket) this.#lost(code);
    };
  }

  #got(data: unknown): void {
    if (typeof data === 'string') {
      const message = controlOf(data);
      // An unreadable message is counted, because the relay counts it, and is otherwise ignored.
      if (message === undefined) this.#count();
      else this.#control(message);
      return;
    }
    this.#count();
    const message = decodeBinaryMessage(new Uint8Array(data as ArrayBuffer));
    // A message of a later version is counted, and otherwise ignored.
    if (message === undefined || message.reqId === this.#droppedReqId) return;
    const { type, reqId, end, payload } = message;
    this.#reqId = reqId;
    if (type === 'frame') this.#call('onFrame', { reqId, raw: payload, end });
    else if (end) this.#call('onEnd', { reqId });
    else this.#call('onAudio', { reqId, audio: payload });
  }

  #control(message: ControlMessage): void {
    if (message.type === 'ready') {
      this.#ready(message);
      return;
    }
    this.#count();
    switch (message.type) {
      case 'interrupt':
        if (message.reqId !== this.#droppedReqId) this.#drop(message.reqId);
        return;
      case 'error':
        this.#call('onError', { code: message.code, reqId: message.reqId });
        return;
      case 'transcript':
        this.#call('onTranscript', { role: message.role, text: message.text });
    }
  }

  #ready(ready: RelayReady & { readonly next: number }): void {
    const { id, next, resumed, audio, avatar } = ready;
    this.#id = id;
    this.#received = next;
    this.#attempts = 0;
    if (!resumed && this.#reqId !== undefined) this.#drop(this.#reqId);
    this.#change('open');
    this.#call('onReady', { id, resumed, audio, avatar });
  }

  #drop(reqId: string | undefined): void {
    if (reqId === undefined) return;
    this.#droppedReqId = reqId;
    this.#reqId = undefined;
    this.#call('onInterrupt', { reqId });
  }

  #count(): void {
    this.#received = (this.#received ?? 0) + 1;
  }

  #lost(code: number): void {
    this.#socket = undefined;
    if (this.#state === 'closed') return;
    if (FINAL_CODES.includes(code)) {
      this.#end(code);
      return;
    }
    const mostMs = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    // A random delay between a half and the whole, so that many pages that lost their connections together do not reconnect together.
    const delayMs = mostMs * (0.5 + Math.random() / 2);
    this.#change('waiting');
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }

  #end(code: number): void {
    if (this.#state === 'closed') return;
    clearTimeout(this.#timer);
    this.#change('closed');
    this.#call('onClose', { code });
  }

  #change(state: RelayClientState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#call('onState', state);
  }

  #call<Name extends keyof RelayClientHandlers>(
    name: Name,
    payload: Parameters<NonNullable<RelayClientHandlers[Name]>>[0],
  ): void {
    (this.#options[name] as ((payload: unknown) => unknown) | undefined)?.(payload);
  }
}

function controlOf(text: string): ControlMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as ControlMessage) : undefined;
  } catch {
    return undefined; // Not JSON: the caller ignores the message.
  }
}

type ControlMessage =
  | ({ readonly type: 'ready'; readonly next: number } & RelayReady)
  | { readonly type: 'interrupt'; readonly reqId: string }
  | { readonly type: 'error'; readonly code: string; readonly reqId?: string }
  | { readonly type: 'transcript'; readonly role: string; readonly text: string };

/**
 * Same as `new RelayClient(options)`: connects a page to a relay of the dialect `binary`.
 *
 * @example
 * ```ts
 * const relay = connectRelay({ url: 'wss://example.com/avatar', onAudio, onFrame, onEnd, onInterrupt });
 * ```
 */
export function connectRelay(options: RelayClientOptions): RelayClient {
  return new RelayClient(options);
}
