/**
 * The list of all faults that a line between two peers can apply to bytes, and the position in the stream at
 * which a fault starts. Plain values, so that a scenario is a row of a table. Does not contain how a fault is
 * carried out.
 */

export type Direction = 'toService' | 'toClient';

/**
 * A position in one direction of a connection: after this number of bytes from its beginning, or from the end
 * of the HTTP head (of the request or of the answer). Bytes before the position pass; the fault applies to
 * the bytes after it.
 */
export interface Place {
  readonly direction: Direction;
  readonly atByte: number;
  /** Default `start`. */
  readonly from?: 'start' | 'headEnd';
}

/**
 * A fault applies to the bytes after its position, in the direction of the position, or in both directions
 * where the comment says so.
 */
export type LineFault =
  /** The TCP connection ends on both sides: a FIN to each peer, even in the middle of a message. */
  | { readonly kind: 'cut' }
  /** The TCP connection is reset on both sides: a RST to each peer. */
  | { readonly kind: 'reset' }
  /**
   * No byte passes any more, and the end of the connection does not pass either. Both sockets stay open.
   * Default: in both directions.
   */
  | { readonly kind: 'halfOpen'; readonly oneWay?: boolean }
  /** All bytes arrive later by this time. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Bytes are written in segments of at most this size. */
  | { readonly kind: 'split'; readonly segmentBytes: number }
  /**
   * Bytes are collected until there are `segmentBytes` of them, or until no byte has arrived for `quietMs`.
   * Then all of them pass in one segment.
   */
  | { readonly kind: 'merge'; readonly segmentBytes: number; readonly quietMs: number };

export type LineFaultKind = LineFault['kind'];

/** A fault of the nth connection of a proxy, counted from 1, or of every connection with `always`. */
export interface PlannedFault {
  readonly connection: number | 'always';
  readonly place: Place;
  readonly fault: LineFault;
}
