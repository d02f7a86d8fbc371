/**
 * One open connection of the `ws` package, in the form of the session's port. Decides nothing about the
 * session: it translates events. `send` and `message` are the hot path, so they allocate nothing of their
 * own.
 *
 * Below it is the `ws` client with three changes. (1) It answers every ping. `ws` destroys the socket of a peer
 * that sends more than 60 pings at once, and a peer may do so after a stall of its event loop. (2) After a close
 * frame or a protocol error of the peer it waits 1 s for the end of the TCP connection, not 30 s: `ws` reports
 * nothing meanwhile, so a peer that sends its close frame and then hangs would hide the end of the session.
 * (3) It calls methods of one object instead of one listener for each event. What happens to its socket when the
 * peer ends the TCP connection is in socket-end.ts.
 */
import { Socket } from 'node:net';
import type { RawData } from 'ws';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { fitCloseReason } from '../own-transports.js';
import { REAL_TIME } from '../node/runtime-sources.js';
import { leaveFrame, passingFrameOf } from './frame-memory.js';
import { currentTurn, holdUntilTurnEnds } from './turn-end.js';
import { WebSocket, frameOf } from './ws-package.js';

/**
 * How long a peer that closes may take to end the TCP connection, milliseconds: it needs one round trip, and RFC 6455 §7.1.1 requires the
 * server to do so first.
 */
const PEER_CLOSE_GRACE_MS = 1_000;

/** How many pongs may wait for the peer to take them; beyond that only the latest ping is answered, as RFC 6455 §5.5.3 allows. */
const MAX_PENDING_PONGS = 1_024;

interface WsListener {
  received(data: Uint8Array | string): void;
  /** A pong came. */
  answered(): void;
  broken(error: Error): void;
  ended(code: number, reason: string): void;
}

export class WsClient extends WebSocket {
  private listener: WsListener | undefined;
  private closeTimer: NodeJS.Timeout | undefined;
  private closeBegun = false;
  private pendingPongs = 0;
  private unansweredPing: Buffer | undefined;
  /** Made at the first ping. */
  private onPongTaken: (() => void) | undefined;

  /** Called in the `open` event. Closures here would cost each idle socket a quarter of a kilobyte. */
  listen(listener: WsListener): void {
    this.listener = listener;
    // `ws` keeps the address for its property `url`, which is not used here. The address may hold credentials.
    Object.assign(this, { _url: '' });
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    this.on('error', onError);
    this.on('close', onClose);
  }

  /** Begins the close handshake; `ws` sets its time limit, and the caller may terminate the connection sooner. */
  beginClose(code: number | undefined, reason: string): void {
    this.closeBegun = true;
    if (code === undefined) super.close();
    else super.close(code, reason);
  }

  /** `ws` calls its own public method when a close frame came, and when it refuses a frame. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    if (this.closeBegun || this.closeTimer !== undefined || this.readyState !== WebSocket.CLOSING) return;
    this.closeTimer = REAL_TIME.setTimeout(() => this.terminate(), PEER_CLOSE_GRACE_MS);
    this.once('close', () => REAL_TIME.clearTimeout(this.closeTimer));
  }

  /** Called when a ping came. */
  answer(ping: Buffer): void {
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.pendingPongs >= MAX_PENDING_PONGS) {
      this.unansweredPing = ping;
      return;
    }
    this.pendingPongs += 1;
    this.pong(ping, true, (this.onPongTaken ??= () => this.pongTaken()));
  }

  private pongTaken(): void {
    this.pendingPongs -= 1;
    const latest = this.unansweredPing;
    this.unansweredPing = undefined;
    if (latest !== undefined) this.answer(latest);
  }

  /** Used by the functions below, which all clients share. */
  static listenerOf(client: WebSocket): WsListener | undefined {
    return client instanceof WsClient ? client.listener : undefined;
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  // `nodebuffer` is the binary type: the data is one Buffer.
  const bytes = data as Buffer;
  WsClient.listenerOf(this)?.received(isBinary ? bytes : bytes.toString());
}

function onPing(this: WebSocket, data: Buffer): void {
  if (this instanceof WsClient) this.answer(data);
}

function onPong(this: WebSocket): void {
  WsClient.listenerOf(this)?.answered();
}

function onError(this: WebSocket, error: Error): void {
  WsClient.listenerOf(this)?.broken(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  WsClient.listenerOf(this)?.ended(code, reason.toString());
}

const NO_MARK = -1;
const NO_TURN = -1;
/** If the system does not take a frame at once, this many later frames of the connection get memory of their own. */
const OWN_FRAMES = 32;
const ALL_FRAMES = -1;
const NOTHING = new Uint8Array(0);

/** Takes over a client in its `open` event, before the first frame can come. */
export class WsConnection implements TransportConnection, WsListener {
  private readonly client: WsClient;
  private readonly socket: Socket;
  private readonly sink: TransportSink;
  private state: 'open' | 'terminated' | 'closed' = 'open';
  /** The pending limit of `notifyBelow`, and the function that checks it; made when first needed. */
  private mark = NO_MARK;
  private onTaken: (() => void) | undefined;
  /** The turn of the event loop in which a message was last sent, and whether more messages of that turn wait in the socket. */
  private sentInTurn = NO_TURN;
  private heldInTurn = NO_TURN;
  /** How many frames get memory of their own before the next one that may be made in shared memory; ALL_FRAMES: none may. */
  private ownFrames: number;

  constructor(client: WsClient, socket: Socket, sink: TransportSink) {
    this.client = client;
    this.socket = socket;
    this.sink = sink;
    // A stream of another kind, such as one for TLS, may read the frame later.
    this.ownFrames = Object.getPrototypeOf(socket) === Socket.prototype ? 0 : ALL_FRAMES;
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
    // The error of the socket: `ws` drops it and reports only 1006.
    const cause = this.socket.errored ?? (code === 1_006 && !terminated ? ENDED_BY_PEER : undefined);
    this.sink.closed(code, reason, cause);
  }

  get bufferedBytes(): number {
    return this.client.bufferedAmount;
  }

  /** The socket itself counts them, so pongs are included and messages cost nothing. */
  get receivedBytes(): number {
    return this.socket.bytesRead;
  }

  get takenBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    // In the other states `ws` would count the bytes as buffered without end.
    if (this.client.readyState !== WebSocket.OPEN) return;
    const turn = currentTurn();
    if (this.sentInTurn !== turn) this.sentInTurn = turn;
    else if (this.heldInTurn !== turn) {
      this.heldInTurn = turn;
      holdUntilTurnEnds(this.socket);
    }
    try {
      const onTaken = this.mark === NO_MARK ? undefined : this.onTaken;
      if (this.writePassing(bytes, onTaken)) return;
      const frame = frameOf(bytes);
      if (frame !== undefined) this.socket.write(frame, onTaken);
      // With a key of zeros `ws` would keep a view of the caller's memory, which is used again.
      else this.client.send(Buffer.from(bytes), onTaken);
    } catch (error) {
      this.sendFailed(error);
    }
  }

  /** Sends the message as a frame in shared memory; false if that is not possible. */
  private writePassing(bytes: Uint8Array, onTaken: (() => void) | undefined): boolean {
    const { socket } = this;
    if (socket.writableLength > 0) return false;
    if (this.ownFrames !== 0) {
      if (this.ownFrames > 0) this.ownFrames -= 1;
      return false;
    }
    const frame = passingFrameOf(bytes);
    if (frame === undefined) return false;
    socket.write(frame, onTaken);
    if (socket.writableLength > 0) {
      leaveFrame();
      this.ownFrames = OWN_FRAMES;
    }
    return true;
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

  /** Called if a part of the process, such as an addon, is broken: this connection can't be used any more. */
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

/** RFC 6455 §7.4: 1004, 1005, 1006 and 1015 are never sent, 1016 to 2999 are not assigned. */
function isSendable(closeCode: number): boolean {
  if (!Number.isInteger(closeCode)) return false;
  if (closeCode >= 3_000) return closeCode <= 4_999;
  return closeCode >= 1_000 && closeCode <= 1_014 && (closeCode < 1_004 || closeCode > 1_006);
}

const ENDED_SENTENCE = 'the other side ended the TCP connection without a close frame';
/**
 * The cause if the peer ended the TCP connection: that is no error of the system, but this code of Node's distinguishes it from a reset.
 * It has no stack, because no line of the application led here.
 */
const ENDED_BY_PEER: Error = Object.freeze(
  Object.assign(new Error(ENDED_SENTENCE), {
    code: 'ERR_STREAM_PREMATURE_CLOSE',
    stack: `Error: ${ENDED_SENTENCE}`,
  }),
);
