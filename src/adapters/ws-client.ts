/**
 * The `ws` client with one thing changed: how long it waits for the peer to end the TCP connection once the peer has
 * said goodbye or broken the protocol. `ws` waits 30 s and says nothing meanwhile, so a peer that sends its close
 * frame and then hangs would hide the end of the session for that long. Knows nothing of sinks and sessions.
 */
import { WebSocket } from 'ws';

/** A peer that means it ends the connection within one round trip; RFC 6455 §7.1.1 asks the server to do so first. */
const PEER_CLOSE_GRACE_MS = 1_000;

export class WsClient extends WebSocket {
  private closeTimer: NodeJS.Timeout | undefined;

  /** Begins the close handshake; the peer has as long to answer as `ws` gives it. */
  beginClose(code: number | undefined, reason: string): void {
    if (code === undefined) super.close();
    else super.close(code, reason);
  }

  /** `ws` calls its own public method when a close frame came, and when it refuses what came. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    if (this.closeTimer !== undefined || this.readyState !== WebSocket.CLOSING) return;
    this.closeTimer = setTimeout(() => this.terminate(), PEER_CLOSE_GRACE_MS);
    this.once('close', () => clearTimeout(this.closeTimer));
  }
}
