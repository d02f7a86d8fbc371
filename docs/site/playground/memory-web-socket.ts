/**
 * A WebSocket class as browsers have it, whose other end is the embedded service in the same page: each socket is a dial of the transport that
 * the service gives to sessions of its process. Must not know what is said over it.
 */
import type {
  Transport,
  TransportConnection,
  WebSocketConstructor,
  WebSocketLike,
  WebSocketListener,
} from 'avatarkit-session';

const MAX_MESSAGE_BYTES = 16 * 1_024 * 1_024;
const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

export function memoryWebSocket(transport: Transport): WebSocketConstructor {
  return class MemoryWebSocket implements WebSocketLike {
    binaryType = 'arraybuffer';
    readyState = CONNECTING;
    #connection: TransportConnection | undefined;
    readonly #events = new EventTarget();
    readonly #dial = new AbortController();

    constructor(url: string) {
      void this.#open(url);
    }

    get bufferedAmount(): number {
      return this.#connection?.bufferedBytes ?? 0;
    }

    addEventListener(type: string, listener: WebSocketListener): void {
      this.#events.addEventListener(type, listener);
    }

    send(data: Uint8Array): void {
      this.#connection?.send(data.slice());
    }

    close(code = 1_000, reason = ''): void {
      if (this.readyState >= CLOSING) return;
      const wasConnecting = this.readyState === CONNECTING;
      this.readyState = CLOSING;
      if (wasConnecting) this.#dial.abort(new Error('closed before it was open'));
      else this.#connection?.close(code, reason);
    }

    async #open(url: string): Promise<void> {
      const request = { url, headers: {}, maxMessageBytes: MAX_MESSAGE_BYTES, signal: this.#dial.signal };
      try {
        const connection = await transport.dial(request, {
          message: (data) => this.#emit('message', { data }),
          closed: (code, reason) => this.#ended(code, reason),
          violated: () => this.#emit('error', {}),
          drained: () => undefined,
        });
        this.#connection = connection;
        this.readyState = OPEN;
        this.#emit('open', {});
      } catch {
        // As in a browser: a page does not learn why an upgrade has failed.
        this.#emit('error', {});
        this.#ended(1_006, '');
      }
    }

    #ended(code: number, reason: string): void {
      this.readyState = CLOSED;
      this.#emit('close', { code, reason });
    }

    #emit(type: string, facts: object): void {
      this.#events.dispatchEvent(Object.assign(new Event(type), facts));
    }
  };
}
