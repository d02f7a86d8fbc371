/** Time as the shell needs it. Injected, so that a whole session can run in virtual time. */

export interface Timer {
  /** Harmless when the timer has fired or was cancelled. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. For durations and deadlines. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. For dates that leave the process. */
  epochMs(): number;
  /** Calls `callback` once, after at least `delayMs` (0 to 2³¹−1). */
  schedule(delayMs: number, callback: () => void): Timer;
  /**
   * Calls `callback` after input that is already waiting has been handed over: one turn of the event loop.
   * A late timer runs before the sockets are read, so it must not judge a peer by their silence.
   */
  afterPendingInput(callback: () => void): void;
}
