/**
 * A WebSocket as the session needs it. An implementation owns the socket and its event names; the session owns
 * everything else. The sink is given with the dial, so that no frame can arrive before it.
 */
import type { EndSignal } from './end-signal.js';

/** What a transport is asked to open. */
export interface DialRequest<Signal extends EndSignal = AbortSignal> {
  /** A ws: or wss: URL. Without upgrade headers its query has the credentials. */
  readonly url: string;
  /** Upgrade headers; empty unless the transport says `sendsHeaders`. */
  readonly headers: Readonly<Record<string, string>>;
  /** A received message above this closes the connection with 1009, bytes. */
  readonly maxMessageBytes: number;
  /** Aborting ends the dial and destroys the socket; the promise then rejects with the signal's reason. */
  readonly signal: Signal;
}

/**
 * The callbacks of a connection. None is called after `closed`, and none during a call of the connection's
 * own methods. A message may come before the code that awaits `dial` goes on: the sink must be ready when it
 * is given. A sink must not throw: the transport can't report it.
 */
export interface TransportSink {
  /** A whole message, raw: bytes, which are the receiver's own and do not change afterwards, or text. */
  message(data: Uint8Array | string): void;
  /** The connection is over; called exactly once for a dial that succeeded. The reason is raw text of the peer. 1006 when no close frame came. */
  closed(closeCode: number, closeReason: string, cause?: unknown): void;
  /** The peer broke the WebSocket protocol or sent too much; `closed` follows. */
  violated(message: string, cause?: unknown): void;
  /** `bufferedBytes` has fallen to the mark that `notifyBelow` named. */
  drained(): void;
  /** The answer to a ping came. Optional to report: `receivedBytes` shows it, too. */
  heard?(): void;
}

/** An open WebSocket. */
export interface TransportConnection {
  /** Bytes accepted by `send` and not yet taken by the operating system. */
  readonly bufferedBytes: number;
  /** Grows with everything received, frames of the transport itself included; only its change means anything. */
  readonly receivedBytes: number;
  /**
   * Grows as the operating system takes what `send` and `ping` handed over; only its change means anything. While `bufferedBytes` is
   * above 0 the system's own buffer is full, and a change shows that the peer took bytes. Absent where it is not known, as where
   * `bufferedBytes` may say 0 whatever waits: without pings no more is sent then than keyframes or time allow.
   */
  readonly takenBytes?: number | undefined;
  /** Sends one binary message. Never throws; a broken socket shows as `closed`. The bytes must not change afterwards. */
  send(bytes: Uint8Array): void;
  /**
   * Asks for one `drained` call once `bufferedBytes` is at most `bytes`; it comes later even when that is so already.
   * A new request replaces one that is still waiting. Never answered when the connection ends first.
   */
  notifyBelow(bytes: number): void;
  /** Sends a WebSocket ping; absent where the runtime offers none. */
  ping?(): void;
  /**
   * Begins the close handshake; `closed` follows, in bounded time only if `terminate` is called too. Never throws:
   * a code that the transport may not send is left out, a reason is cut at 123 bytes. Messages may still come.
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
 * The peer answered the upgrade, but not as RFC 6455 demands.
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
   * Opens a connection. Rejects with UpgradeRefused, UpgradeMalformed, the signal's reason, or the system's own
   * error (with its `code`; a URL that can't be dialled has ERR_INVALID_URL and is not shown). Never leaves a socket
   * or a listener on the signal behind when it rejects; once it has resolved, the signal means nothing any more.
   */
  dial(request: DialRequest, sink: TransportSink): Promise<TransportConnection>;
}
