/**
 * One accepted WebSocket as the service's logic needs it: a real one over TCP, or one of a simulated network.
 * Knows bytes and close codes, not messages; faults are in service-socket.ts.
 */

/** The events of a socket. None follows `closed`. */
export interface AcceptedSocketSink {
  /** A whole message; `undefined` for a text message. */
  message(bytes: Uint8Array | undefined): void;
  /** The TCP connection is gone. Once. */
  disconnected(): void;
  /** …and all its messages were delivered. Once; 1005 or 1006 when no close code came. */
  closed(code: number, reason: string): void;
}

export interface AcceptedSocket {
  /** Whether neither side has begun to close. */
  readonly isOpen: boolean;
  send(data: Uint8Array | string): void;
  /** Output up to `uncork` is written in one piece. */
  cork(): void;
  uncork(): void;
  /**
   * A frame whose header has the length of the payload, with half of the payload; then the TCP connection
   * ends.
   */
  sendCutFrame(payload: Uint8Array): void;
  sendPing(): void;
  /** Pings that arrive from now on get no answer. */
  answerNoPings(): void;
  /** Begins the close handshake. */
  close(code: number, reason: string): void;
  /** Ends the TCP connection without a close frame. */
  terminate(): void;
  /** TCP reset. */
  reset(): void;
  /**
   * Nothing that arrives is handled any more, pings included; an end of the connection still is. What arrives
   * is discarded, kept for `handleAgain`, or left unread in the kernel, so that the peer meets backpressure.
   */
  stopHandling(arrivals: 'discarded' | 'kept' | 'unread'): void;
  /** What was kept or left unread comes first. Does nothing when the connection is gone. */
  handleAgain(): void;
}
