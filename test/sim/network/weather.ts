/** What a network is like: for a whole world, and for one connection of it. Plain data, drawn from the seed. */

export interface Climate {
  readonly latencyMs: number;
  /** Up to so much more, drawn for each segment; order within a connection is kept. */
  readonly jitterMs: number;
  /** Bytes on the way or unread by the receiver, beyond which the sender's system takes no more. */
  readonly windowBytes: number;
  /** Bandwidth of every connection. Default: no limit. */
  readonly upBytesPerMs?: number;
  readonly downBytesPerMs?: number;
  /** What the client's system takes for a slow link before its socket feels it, bytes. Default 0. */
  readonly sendBufferBytes?: number;
  /** Something on the way cuts a connection on which nothing has moved for so long. Default: never. */
  readonly idleCutMs?: number;
  /** Period of the service's own pings. Default: none. */
  readonly servicePingMs?: number;
}

/** What befalls the nth connection of a world, upgrades and token requests counted apart. */
export type ConnectionFate =
  /** The TCP connection does not come about; `blackhole` never answers. */
  | {
      readonly kind: 'unreachable';
      readonly error: 'ECONNREFUSED' | 'ENOTFOUND' | 'ECONNRESET' | 'blackhole';
    }
  /** The request arrives; its answer is lost with the connection. */
  | { readonly kind: 'answerLost' }
  | { readonly kind: 'answerSlow'; readonly byMs: number }
  /** The connection is cut once so many bytes have come through in that direction, in the middle of a frame too. */
  | {
      readonly kind: 'cut';
      readonly direction: 'up' | 'down';
      readonly afterBytes: number;
      readonly noticedBy: 'both' | 'client' | 'service';
    }
  /** Nothing comes through in either direction for a while; then everything that was sent does. */
  | { readonly kind: 'silence'; readonly afterMs: number; readonly durationMs: number }
  /** Bandwidth. */
  | { readonly kind: 'slow'; readonly direction: 'up' | 'down'; readonly bytesPerMs: number };
