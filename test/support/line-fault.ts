/**
 * The closed vocabulary of what a line between two peers can do to their bytes, and where in the stream it does so. Plain values,
 * so that a scenario is a row of a table. How a fault is carried out is not known here.
 */

export type Direction = 'toService' | 'toClient';

/**
 * A place in one direction of a connection: behind so many bytes from its beginning, or from the end of the HTTP head (the request's
 * or the answer's). Bytes before it pass, those behind it meet the fault.
 */
export interface Place {
  readonly direction: Direction;
  readonly atByte: number;
  /** Default `start`. */
  readonly from?: 'start' | 'headEnd';
}

/** Bytes as they come: what the fault does to those behind its place, in the place's direction or, where it says so, in both. */
export type LineFault =
  /** The TCP connection ends on both sides: a FIN each, whatever the peers were in the middle of. */
  | { readonly kind: 'cut' }
  /** The TCP connection is reset on both sides: a RST each. */
  | { readonly kind: 'reset' }
  /** Nothing passes any more, also not the end of the connection; both sockets stay open. Default in both directions. */
  | { readonly kind: 'halfOpen'; readonly oneWay?: boolean }
  /** Everything comes so much later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Segments of at most so many bytes, each written by itself. */
  | { readonly kind: 'split'; readonly segmentBytes: number }
  /** Nothing passes until so many bytes have come, or nothing more has for `quietMs`; then all of it in one segment. */
  | { readonly kind: 'merge'; readonly segmentBytes: number; readonly quietMs: number };

export type LineFaultKind = LineFault['kind'];

/** A fault of the nth connection, from 1, that a proxy takes; of every one with `always`. */
export interface PlannedFault {
  readonly connection: number | 'always';
  readonly place: Place;
  readonly fault: LineFault;
}
