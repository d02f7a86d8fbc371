/**
 * The `ws` client with two things changed. It waits for a second, not for 30, until the peer ends the TCP connection once the
 * peer has said goodbye first or broken the protocol: `ws` says nothing meanwhile, so a peer that sends its close frame and then hangs
 * would hide the end of the session. And it tells one object instead of many functions. Knows nothing of sinks and sessions.
 */
import { WebSocket } from 'ws';
import type { RawData } from 'ws';

/** A peer that means it ends the connection within one round trip; RFC 6455 §7.1.1 asks the server to do so first. */
const PEER_CLOSE_GRACE_MS = 1_000;

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

  /** From the `open` event on. Functions of its own would cost each idle socket a quarter of a kilobyte. */
  listen(listener: WsListener): void {
    this.listener = listener;
    this.on('message', onMessage);
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
    this.closeTimer = setTimeout(() => this.terminate(), PEER_CLOSE_GRACE_MS);
    this.once('close', () => clearTimeout(this.closeTimer));
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

function onPong(this: WebSocket): void {
  WsClient.listenerOf(this)?.answered();
}

function onError(this: WebSocket, error: Error): void {
  WsClient.listenerOf(this)?.broken(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  WsClient.listenerOf(this)?.ended(code, reason.toString());
}
