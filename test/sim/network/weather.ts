/** The properties of a network, for a whole world and for one connection. Plain data, drawn from the seed. */

export interface Climate {
  readonly latencyMs: number;
  /** The maximum additional latency, drawn for each segment. The order within a connection is kept. */
  readonly jitterMs: number;
  /**
   * The number of bytes in transit or not read by the receiver, above which the sender's system accepts no
   * more.
   */
  readonly windowBytes: number;
  /** Bandwidth of every connection. Default: no limit. */
  readonly upBytesPerMs?: number;
  readonly downBytesPerMs?: number;
  /**
   * The bytes that the client's system accepts for a slow link before its socket reports them as buffered.
   * Default 0.
   */
  readonly sendBufferBytes?: number;
  /** A proxy cuts a connection that has had no traffic for this time. Default: never. */
  readonly idleCutMs?: number;
  /** The interval of the service's own pings. Default: none. */
  readonly servicePingMs?: number;
}

/** A fault of the nth connection of a world. Upgrades and token requests are counted separately. */
export type ConnectionFate =
  /** The TCP connection is not established; `blackhole` never answers. */
  | {
      readonly kind: 'unreachable';
      readonly error: 'ECONNREFUSED' | 'ENOTFOUND' | 'ECONNRESET' | 'blackhole';
    }
  /** The request arrives, but its answer is lost together with the connection. */
  | { readonly kind: 'answerLost' }
  | { readonly kind: 'answerSlow'; readonly byMs: number }
  /**
   * The connection is cut after this number of bytes in this direction, possibly in the middle of a frame.
   */
  | {
      readonly kind: 'cut';
      readonly direction: 'up' | 'down';
      readonly afterBytes: number;
      readonly noticedBy: 'both' | 'client' | 'service';
    }
  /**
   * Nothing is delivered in either direction for this time. Afterwards everything that was sent is delivered.
   */
  | { readonly kind: 'silence'; readonly afterMs: number; readonly durationMs: number }
  /** Limits the bandwidth. */
  | { readonly kind: 'slow'; readonly direction: 'up' | 'down'; readonly bytesPerMs: number };
