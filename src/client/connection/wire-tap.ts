/**
 * Lets other code of the process see the messages of the connections that are dialled from then on: a tap stands between a connection and its
 * transport, so that one without a tap pays nothing for any message. What the session does is the same with and without. Must not know what
 * is done with what is seen.
 */
import type { TransportConnection, TransportSink } from '../../ports/transport.js';

/** What is seen of one connection. It must not throw, and must copy what it keeps: the memory may be used again. */
export interface ConnectionTap {
  /** The upgrade is through. */
  opened(): void;
  sent(bytes: Uint8Array): void;
  received(data: Uint8Array | string): void;
  pinged(): void;
  /** The answer to a ping came, where the transport says so. */
  answered(): void;
  /** The session begins the close handshake; undefined: it drops the socket. */
  closing(closeCode: number | undefined): void;
  /** @param closeReason as the peer sent it */
  closed(closeCode: number, closeReason: string): void;
  /** The peer broke the WebSocket protocol. */
  violated(message: string): void;
}

/** A dial whose token is there. */
export interface TappedDial {
  /** The message of the dial on its channel; undefined without a subscriber when it began. */
  readonly course: object | undefined;
  readonly sessionId: string;
  /** A short text of the service, redacted. */
  readonly shown: (text: string) => string;
}

/** @returns undefined for a connection that is not looked at */
export type WireTap<Dial extends TappedDial> = (dial: Dial) => ConnectionTap | undefined;

/** Stands between a connection and its transport. */
export interface WireBetween {
  /** What the transport is given in place of the connection. */
  readonly sink: TransportSink;
  /** What the connection is given in place of the socket. */
  readonly opened: (socket: TransportConnection) => TransportConnection;
}

export class WireTaps<Dial extends TappedDial> {
  #taps: readonly WireTap<Dial>[] = [];

  /** Looks at every connection that is dialled until the function that it returns is called. */
  add(tap: WireTap<Dial>): () => void {
    this.#taps = [...this.#taps, tap];
    return () => {
      this.#taps = this.#taps.filter((other) => other !== tap);
    };
  }

  /** A connection is about to be dialled; undefined without a watcher, and then `about` is not called. */
  between(connection: TransportSink, about: () => Dial): WireBetween | undefined {
    if (this.#taps.length === 0) return undefined;
    const told = about();
    const taps = this.#taps.map((tap) => tap(told)).filter((tap) => tap !== undefined);
    return {
      sink: taps.reduce(tappedSink, connection),
      opened: (socket) =>
        taps.reduce<TransportConnection>((inner, tap) => {
          tap.opened();
          return new TappedConnection(inner, tap);
        }, socket),
    };
  }
}

function tappedSink(sink: TransportSink, tap: ConnectionTap): TransportSink {
  return {
    message(data) {
      tap.received(data);
      sink.message(data);
    },
    closed(closeCode, closeReason, cause) {
      tap.closed(closeCode, closeReason);
      sink.closed(closeCode, closeReason, cause);
    },
    violated(message, cause) {
      tap.violated(message);
      sink.violated(message, cause);
    },
    drained: () => sink.drained(),
    heard() {
      tap.answered();
      sink.heard?.();
    },
  };
}

class TappedConnection {
  readonly #inner: TransportConnection;
  readonly #tap: ConnectionTap;
  /** Absent where the transport has none. */
  declare readonly ping?: () => void;

  constructor(inner: TransportConnection, tap: ConnectionTap) {
    this.#inner = inner;
    this.#tap = tap;
    if (inner.ping === undefined) return;
    this.ping = () => {
      tap.pinged();
      inner.ping?.();
    };
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  get receivedBytes(): number {
    return this.#inner.receivedBytes;
  }

  get takenBytes(): number | undefined {
    return this.#inner.takenBytes;
  }

  send(bytes: Uint8Array): void {
    this.#tap.sent(bytes);
    this.#inner.send(bytes);
  }

  notifyBelow(bytes: number): void {
    this.#inner.notifyBelow(bytes);
  }

  close(closeCode: number, closeReason: string): void {
    this.#tap.closing(closeCode);
    this.#inner.close(closeCode, closeReason);
  }

  terminate(): void {
    this.#tap.closing(undefined);
    this.#inner.terminate();
  }
}
