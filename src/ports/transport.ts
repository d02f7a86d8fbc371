/**
 * A WebSocket with the interface that the session uses. An implementation owns the socket and its event names; the session owns
 * everything else. The sink is an argument of the dial, so that no frame can arrive before it is set.
 */
import type { EndSignal } from './end-signal.js';

/** The connection that a transport has to open. */
export interface DialRequest<Signal extends EndSignal = AbortSignal> {
  /** A ws: or wss: URL. Without upgrade headers its query has the credentials. */
  readonly url: string;
  /** Upgrade headers; empty unless the transport has `sendsHeaders`. */
  readonly headers: Readonly<Record<string, string>>;
  /** A received message above this closes the connection with 1009, bytes. */
  readonly maxMessageBytes: number;
  /** Aborting ends the dial and destroys the socket; the promise then rejects with the signal's reason. */
  readonly signal: Signal;
}

/**
 * The callbacks of a connection. None is called after `closed`, or during a call of the connection's own methods. A message may come
 * before the code after `await dial` runs, so the sink must be ready when it is passed. A sink must not throw: the transport can't report
 * it.
 */
export interface TransportSink {
  /** A whole message, raw: bytes, which the receiver may keep and which do not change afterwards, or text. */
  message(data: Uint8Array | string): void;
  /**
   * The connection is over; called exactly once for a successful dial. The reason is raw text of the peer. 1006 if no close frame came.
   */
  closed(closeCode: number, closeReason: string, cause?: unknown): void;
  /** The peer violated the WebSocket protocol or sent too much; `closed` follows. */
  violated(message: string, cause?: unknown): void;
  /** `bufferedBytes` has fallen to the value that was passed to `notifyBelow`. */
  drained(): void;
  /** A ping was answered. Optional, because `receivedBytes` shows it as well. */
  heard?(): void;
}

/** An open WebSocket. */
export interface TransportConnection {
  /** Bytes that `send` accepted and the operating system has not yet taken. */
  readonly bufferedBytes: number;
  /** Grows with all received bytes, including frames of the transport itself; only its changes are significant. */
  readonly receivedBytes: number;
  /**
   * Grows as the operating system takes the bytes of `send` and `ping`; only its changes are significant. While `bufferedBytes` is above
   * 0, the system's own buffer is full, and a change shows that the peer took bytes. Absent if it is not known, for example if
   * `bufferedBytes` may be 0 whatever waits: without pings, keyframes and time then limit what is sent.
   */
  readonly takenBytes?: number | undefined;
  /** Sends one binary message. Never throws; a broken socket is reported by `closed`. The bytes must not change afterwards. */
  send(bytes: Uint8Array): void;
  /**
   * Requests one `drained` call once `bufferedBytes` is at most `bytes`; it comes later, even if that is so already. A new request
   * replaces a pending one. Never answered if the connection ends first.
   */
  notifyBelow(bytes: number): void;
  /** Sends a WebSocket ping; absent if the runtime has none. */
  ping?(): void;
  /**
   * Begins the close handshake; `closed` follows, in bounded time only if `terminate` is called as well. Never throws: a code that the
   * transport may not send is left out, a reason is cut at 123 bytes. Messages may still come.
   */
  close(closeCode: number, closeReason: string): void;
  /** Destroys the socket at once; only `closed` follows, with 1006 unless the peer's close frame had come before. */
  terminate(): void;
}

/**
 * A refused upgrade: the HTTP answer came, and it was not 101.
 *
 * @example
 * ```ts
 * async function dial(request: DialRequest, sink: TransportSink): Promise<TransportConnection> {
 *   const { socket, status, headers, body } = await upgrade(request);
 *   if (status !== 101) throw new UpgradeRefused(status, headers, body);
 *   return connectionOf(socket, sink);
 * }
 * ```
 */
export class UpgradeRefused extends Error {
  /** The name of the class. */
  override readonly name = 'UpgradeRefused';
  /** The HTTP status of the answer. */
  readonly httpStatus: number;
  /** Lower-cased names; raw values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Raw text of the answer, at most 64 KiB: neither redacted nor escaped. */
  readonly body: string;

  constructor(httpStatus: number, headers: Readonly<Record<string, string>>, body: string) {
    super(`upgrade refused with HTTP ${httpStatus}`);
    this.httpStatus = httpStatus;
    this.headers = headers;
    this.body = body;
  }
}

/**
 * The peer answered the upgrade, but in violation of RFC 6455.
 *
 * @example
 * ```ts
 * if (answer.headers['upgrade'] !== 'websocket') throw new UpgradeMalformed('the answer has no Upgrade header');
 * ```
 */
export class UpgradeMalformed extends Error {
  /** The name of the class. */
  override readonly name = 'UpgradeMalformed';
}

/**
 * A way to open WebSockets. `createWsTransport` and `createWebSocketTransport` make one; implement it for another runtime.
 */
export interface Transport {
  /** For logs and messages. */
  readonly name: string;
  /** Whether upgrade headers reach the service; without them only query authentication works. */
  readonly sendsHeaders: boolean;
  /**
   * Opens a connection. Rejects with UpgradeRefused, UpgradeMalformed, the signal's reason, or the system's own error (with its `code`; a
   * URL that can't be dialled has ERR_INVALID_URL and is not shown). Never leaves a socket or a listener on the signal behind when it
   * rejects; once it has resolved, the signal has no effect.
   */
  dial(request: DialRequest, sink: TransportSink): Promise<TransportConnection>;
}
