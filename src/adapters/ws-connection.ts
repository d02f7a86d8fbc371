/**
 * One open connection of the `ws` package, as the session's port wants it. Decides nothing about the session: it
 * translates events. `send` and `message` are the hot path, so they allocate nothing of their own.
 */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { TransportConnection, TransportSink } from '../ports/transport.js';
import { fitCloseReason } from './close-reason.js';
import type { WsClient } from './ws-client.js';

const NO_MARK = -1;
const NOTHING = new Uint8Array(0);

/** Takes over a client in its `open` event, before the first frame can come. */
export class WsConnection implements TransportConnection {
  private readonly client: WsClient;
  private readonly socket: Socket;
  private readonly sink: TransportSink;
  private state: 'open' | 'terminated' | 'closed' = 'open';
  /** The mark of `notifyBelow` that is still to be answered. */
  private mark = NO_MARK;
  /** What broke the socket: `ws` swallows it and reports only 1006. */
  private cause: Error | undefined;

  constructor(client: WsClient, socket: Socket, sink: TransportSink) {
    this.client = client;
    this.socket = socket;
    this.sink = sink;
    socket.on('error', (error) => (this.cause ??= error));
    client.on('message', (data, isBinary) => {
      if (this.state !== 'open') return;
      // `nodebuffer` is the binary type: the data is one Buffer.
      const bytes = data as Buffer;
      this.sink.message(isBinary ? bytes : bytes.toString());
    });
    client.on('error', (error) => {
      if (this.state === 'open') this.sink.violated(error.message, error);
    });
    client.on('close', (code, reason) => {
      if (this.state === 'closed') return;
      this.state = 'closed';
      this.mark = NO_MARK;
      this.sink.closed(code, reason.toString(), this.cause);
    });
  }

  get bufferedBytes(): number {
    return this.client.bufferedAmount;
  }

  /** Counted by the socket itself, so pongs count and messages cost nothing. */
  get receivedBytes(): number {
    return this.socket.bytesRead;
  }

  send(bytes: Uint8Array): void {
    // In the other states `ws` would keep counting the bytes as buffered, for ever.
    if (this.client.readyState !== WebSocket.OPEN) return;
    if (this.mark === NO_MARK) this.client.send(bytes);
    else this.client.send(bytes, this.onTaken);
  }

  notifyBelow(bytes: number): void {
    if (this.state !== 'open') return;
    this.mark = bytes;
    // An empty write puts nothing on the wire; its callback comes when everything before it has been taken.
    if (this.bufferedBytes > bytes && this.socket.writable) this.socket.write(NOTHING, this.onTaken);
    else setImmediate(this.onTaken);
  }

  ping(): void {
    if (this.client.readyState === WebSocket.OPEN) this.client.ping();
  }

  pauseReading(): void {
    this.client.pause();
  }

  resumeReading(): void {
    this.client.resume();
  }

  close(closeCode: number, closeReason: string): void {
    this.client.beginClose(isSendable(closeCode) ? closeCode : undefined, fitCloseReason(closeReason));
  }

  terminate(): void {
    if (this.state === 'open') this.state = 'terminated';
    this.client.terminate();
  }

  private readonly onTaken = (): void => {
    if (this.mark === NO_MARK || this.state !== 'open' || this.bufferedBytes > this.mark) return;
    this.mark = NO_MARK;
    this.sink.drained();
  };
}

/** RFC 6455 §7.4: 1004, 1005, 1006 and 1015 are never sent, 1016 to 2999 are nobody's. */
function isSendable(closeCode: number): boolean {
  if (!Number.isInteger(closeCode)) return false;
  if (closeCode >= 3_000) return closeCode <= 4_999;
  return closeCode >= 1_000 && closeCode <= 1_014 && (closeCode < 1_004 || closeCode > 1_006);
}
