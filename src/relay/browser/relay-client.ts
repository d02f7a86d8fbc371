/**
 * The page's side of the relay's own dialect: reads messages, counts them, and comes back with its id when the WebSocket is lost. Runs
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
/** Close codes after which there is nothing to come back to: over, broken rules, a failed session, replaced. */
const FINAL_CODES: readonly number[] = [1000, 1003, 1008, 1009, 1011, 4001];
const BASE_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;
/** The close code of a page that will not reconnect. */
const NORMAL_CLOSURE = 1000;

/**
 * A connection to a relay that goes on over any number of WebSockets: no message is lost or comes twice while the relay lingers. Where it
 * does not any more, the page begins anew: `onReady` says so.
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
  /** Messages after `ready`, on all connections. */
  #received: number | undefined;
  /** The request whose messages come now. */
  #reqId: string | undefined;
  /** The request that the page has dropped: later messages of it are not delivered. */
  #droppedReqId: string | undefined;
  /** Connections that failed since the last that was ready. */
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Connects at once. */
  constructor(options: RelayClientOptions) {
    this.#options = options;
    this.#id = options.id;
    this.#connect();
  }

  /** What it does now. */
  get state(): RelayClientState {
    return this.#state;
  }

  /** The name by which it comes back; known from the first `onReady` on. */
  get id(): string | undefined {
    return this.#id;
  }

  /**
   * Sends a message to the application: `{ type: 'text', text }`, `{ type: 'speak', … }`, `{ type: 'set_avatar', avatarId }`, or one of a
   * type of its own. Bytes are audio of the microphone. False while there is no connection: nothing is kept for later.
   */
  send(message: Readonly<Record<string, unknown>> | Uint8Array): boolean {
    const socket = this.#socket;
    if (socket?.readyState !== OPEN) return false;
    socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
    return true;
  }

  /** Says how much of a request was played, milliseconds: interrupts then have the true position. A few times a second is enough. */
  played(reqId: string, ms: number): void {
    this.send({ type: 'played', reqId, ms: Math.max(0, ms) });
  }

  /** Interrupts: `onInterrupt` is called at once, and nothing more of what is being said is handed over. */
  interrupt(): void {
    this.send({ type: 'interrupt' });
    this.#drop(this.#reqId);
  }

  /** Closes without a reconnect: the relay does not wait for this page. */
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
      // One that can't be read is counted, as the relay counts it, and means nothing here.
      if (message === undefined) this.#count();
      else this.#control(message);
      return;
    }
    this.#count();
    const message = decodeBinaryMessage(new Uint8Array(data as ArrayBuffer));
    // A type of a later version is counted, and means nothing here.
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
    // At random between a half and the whole: many pages that were cut together do not come back together.
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
    return undefined; // No JSON: the caller ignores the message.
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
