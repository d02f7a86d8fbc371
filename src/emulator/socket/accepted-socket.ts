/**
 * One accepted WebSocket as the service's logic needs it: a real one over TCP, or one of a simulated network. Knows bytes and
 * close codes, nothing of messages; in which ways a service mistreats it is service-socket.ts's business.
 */

/** What a socket tells the service. Nothing comes after `closed`. */
export interface AcceptedSocketSink {
  /** A whole message; `undefined` for a text message. */
  message(bytes: Uint8Array | undefined): void;
  /** The TCP connection is gone. Once. */
  disconnected(): void;
  /** …and all that came over it has been handed over. Once; 1005 or 1006 when no close code came. */
  closed(code: number, reason: string): void;
}

export interface AcceptedSocket {
  /** Whether neither side has begun to close. */
  readonly isOpen: boolean;
  send(data: Uint8Array | string): void;
  /** What is sent from here to `uncork` goes out in one piece. */
  cork(): void;
  uncork(): void;
  /** A frame that announces all of the payload and carries half of it; then the TCP connection ends. */
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
   * Nothing that arrives is handled any more, pings included; that the peer ends the connection still is. What arrives
   * is forgotten, kept for `handleAgain`, or left in the system's buffer, where in the end the peer feels it.
   */
  stopHandling(arrivals: 'forgotten' | 'kept' | 'unread'): void;
  /** What was kept or left unread comes first. Does nothing when the connection is gone. */
  handleAgain(): void;
}
