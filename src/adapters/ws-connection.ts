/**
 * One open connection of the `ws` package, as the session's port wants it. Decides nothing about the session: it
 * translates events. `send` and `message` are the hot path, so they allocate nothing of their own.
 */
import type { Socket } from 'node:net';
import type { TransportConnection, TransportSink } from '../ports/transport.js';
import { fitCloseReason } from './close-reason.js';
import { REAL_TIME, realNextTick } from './real-timers.js';
import type { WsClient, WsListener } from './ws-client.js';
import { frameOf, WebSocket } from './ws-package.js';

const LOOK_EVERY = 16;

let turn = 0;
let endIsPlanned = false;
/** Whether some socket had more than one message in the last turn that was looked at. */
let crowded = false;
let unseen = 0;
const corked: Socket[] = [];

/** A number for the current turn. Between two looks every call counts as a turn of its own. */
export function currentTurn(): number {
  if (endIsPlanned) return turn;
  turn += 1;
  unseen += 1;
  if (crowded || unseen >= LOOK_EVERY) {
    endIsPlanned = true;
    unseen = 0;
    realNextTick(endTurn);
  }
  return turn;
}

/** Until the end of the current turn what is written to the socket waits in it. */
export function holdUntilTurnEnds(socket: Socket): void {
  socket.cork();
  corked.push(socket);
}

function endTurn(): void {
  endIsPlanned = false;
  crowded = corked.length > 0;
  // A socket that was destroyed meanwhile has nothing left to say, and takes this in silence.
  for (const socket of corked.splice(0)) socket.uncork();
}

const NO_MARK = -1;
const NO_TURN = -1;
const NOTHING = new Uint8Array(0);

/** Takes over a client in its `open` event, before the first frame can come. */
export class WsConnection implements TransportConnection, WsListener {
  private readonly client: WsClient;
  private readonly socket: Socket;
  private readonly sink: TransportSink;
  private state: 'open' | 'terminated' | 'closed' = 'open';
  /** The mark of `notifyBelow` that is still to be answered, and who looks whether it is time; made when first needed. */
  private mark = NO_MARK;
  private onTaken: (() => void) | undefined;
  /** The turn of the event loop in which a message last went out, and whether more of that turn wait in the socket. */
  private sentInTurn = NO_TURN;
  private heldInTurn = NO_TURN;

  constructor(client: WsClient, socket: Socket, sink: TransportSink) {
    this.client = client;
    this.socket = socket;
    this.sink = sink;
    client.listen(this);
  }

  received(data: Uint8Array | string): void {
    if (this.state === 'open') this.sink.message(data);
  }

  answered(): void {
    this.sink.heard?.();
  }

  broken(error: Error): void {
    if (this.state === 'open') this.sink.violated(error.message, error);
  }

  ended(code: number, reason: string): void {
    if (this.state === 'closed') return;
    const terminated = this.state === 'terminated';
    this.state = 'closed';
    this.mark = NO_MARK;
    // What broke the socket: `ws` swallows it and reports only 1006.
    const cause = this.socket.errored ?? (code === 1_006 && !terminated ? endedByPeer() : undefined);
    this.sink.closed(code, reason, cause);
  }

  get bufferedBytes(): number {
    return this.client.bufferedAmount;
  }

  /** Counted by the socket itself, so pongs count and messages cost nothing. */
  get receivedBytes(): number {
    return this.socket.bytesRead;
  }

  get takenBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    // In the other states `ws` would keep counting the bytes as buffered, for ever.
    if (this.client.readyState !== WebSocket.OPEN) return;
    const turn = currentTurn();
    if (this.sentInTurn !== turn) this.sentInTurn = turn;
    else if (this.heldInTurn !== turn) {
      this.heldInTurn = turn;
      holdUntilTurnEnds(this.socket);
    }
    try {
      const frame = this.mark === NO_MARK ? frameOf(bytes) : undefined;
      if (frame === undefined) this.client.send(bytes, this.mark === NO_MARK ? undefined : this.onTaken);
      else this.socket.write(frame);
    } catch (error) {
      this.sendFailed(error);
    }
  }

  notifyBelow(bytes: number): void {
    if (this.state !== 'open') return;
    this.mark = bytes;
    const onTaken = (this.onTaken ??= () => this.look());
    // An empty write puts nothing on the wire; its callback comes when everything before it has been taken.
    if (this.bufferedBytes > bytes && this.socket.writable) this.socket.write(NOTHING, onTaken);
    else REAL_TIME.setImmediate(onTaken);
  }

  ping(): void {
    if (this.client.readyState === WebSocket.OPEN) this.client.ping();
  }

  close(closeCode: number, closeReason: string): void {
    this.client.beginClose(isSendable(closeCode) ? closeCode : undefined, fitCloseReason(closeReason));
  }

  terminate(): void {
    if (this.state === 'open') this.state = 'terminated';
    this.client.terminate();
  }

  /** A broken part of the process, such as an addon: this connection can't go on. */
  private sendFailed(error: unknown): void {
    REAL_TIME.setImmediate(() => {
      if (this.state !== 'open') return;
      this.sink.violated('a message could not be sent', error);
      this.client.terminate();
    });
  }

  private look(): void {
    if (this.mark === NO_MARK || this.state !== 'open' || this.bufferedBytes > this.mark) return;
    this.mark = NO_MARK;
    this.sink.drained();
  }
}

/** RFC 6455 §7.4: 1004, 1005, 1006 and 1015 are never sent, 1016 to 2999 are nobody's. */
function isSendable(closeCode: number): boolean {
  if (!Number.isInteger(closeCode)) return false;
  if (closeCode >= 3_000) return closeCode <= 4_999;
  return closeCode >= 1_000 && closeCode <= 1_014 && (closeCode < 1_004 || closeCode > 1_006);
}

/** The end of a TCP connection is no error of the system; by Node's code it differs from a reset all the same. */
function endedByPeer(): Error {
  const error = new Error('the other side ended the TCP connection without a close frame');
  return Object.assign(error, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
