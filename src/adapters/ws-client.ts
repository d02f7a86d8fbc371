/**
 * The `ws` client with three things changed. It answers every ping: `ws` destroys the socket of a peer that sends more than 60 at once,
 * as one does whose timers caught up after a stall. It waits for a second, not for 30, until the peer ends the TCP connection once the
 * peer has said goodbye first or broken the protocol: `ws` says nothing meanwhile, so a peer that sends its close frame and then hangs
 * would hide the end of the session. And it tells one object instead of many functions. Knows nothing of sinks and sessions.
 */
import type { RawData } from 'ws';
import { WebSocket } from './ws-package.js';
import { REAL_TIME } from './real-timers.js';

/** A peer that means it ends the connection within one round trip; RFC 6455 §7.1.1 asks the server to do so first. */
const PEER_CLOSE_GRACE_MS = 1_000;

/** Answers that may wait for the peer to take them; beyond that only the latest ping is answered, as RFC 6455 §5.5.3 allows. */
const MAX_PENDING_PONGS = 1_024;

export interface WsListener {
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
  /** Made with the first ping. */
  private onPongTaken: (() => void) | undefined;

  /** From the `open` event on. Functions of its own would cost each idle socket a quarter of a kilobyte. */
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

  /** Begins the close handshake; the peer has as long for it as `ws` gives it, and whoever begins may terminate it sooner. */
  beginClose(code: number | undefined, reason: string): void {
    this.closeBegun = true;
    if (code === undefined) super.close();
    else super.close(code, reason);
  }

  /** `ws` calls its own public method when a close frame came, and when it refuses what came. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    if (this.closeBegun || this.closeTimer !== undefined || this.readyState !== WebSocket.CLOSING) return;
    this.closeTimer = REAL_TIME.setTimeout(() => this.terminate(), PEER_CLOSE_GRACE_MS);
    this.once('close', () => REAL_TIME.clearTimeout(this.closeTimer));
  }

  /** A ping came. */
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

  /** For the functions below, which all clients share. */
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
