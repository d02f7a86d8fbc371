/**
 * Lets other code of the process see the messages of the connections that are dialled from then on: a tap is placed between a connection
 * and its transport, so that a connection without a tap has no cost per message. The session behaves the same with and without a tap.
 * Must not know what the observer does.
 */
import type { TransportConnection, TransportSink } from '../../ports/transport.js';

/** The observer of one connection. It must not throw, and must copy the data that it keeps: the memory may be used again. */
export interface ConnectionTap {
  /** The upgrade succeeded. */
  opened(): void;
  sent(bytes: Uint8Array): void;
  received(data: Uint8Array | string): void;
  pinged(): void;
  /** The answer to a ping came, if the transport reports it. */
  answered(): void;
  /** The session begins the close handshake; undefined: it drops the socket. */
  closing(closeCode: number | undefined): void;
  /** @param closeReason as the peer sent it */
  closed(closeCode: number, closeReason: string): void;
  /** The peer broke the WebSocket protocol. */
  violated(message: string): void;
}

/** A dial that has its token. */
export interface TappedDial {
  /** The message of the dial on its channel; undefined if the channel had no subscriber when the dial began. */
  readonly course: object | undefined;
  readonly sessionId: string;
  /** Redacts and shortens a text of the service. */
  readonly shown: (text: string) => string;
}

/** @returns undefined for a connection that is not observed */
export type WireTap<Dial extends TappedDial> = (dial: Dial) => ConnectionTap | undefined;

/** The objects between a connection and its transport. */
export interface WireBetween {
  /** Given to the transport in place of the connection. */
  readonly sink: TransportSink;
  /** Wraps the socket; the connection gets the result in its place. */
  readonly opened: (socket: TransportConnection) => TransportConnection;
}

export class WireTaps<Dial extends TappedDial> {
  #taps: readonly WireTap<Dial>[] = [];

  /** Observes every connection that is dialled until the returned function is called. */
  add(tap: WireTap<Dial>): () => void {
    this.#taps = [...this.#taps, tap];
    return () => {
      this.#taps = this.#taps.filter((other) => other !== tap);
    };
  }

  /** Called before a dial; undefined without an observer, and then `about` is not called. */
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
  /** Absent if the transport has none. */
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
