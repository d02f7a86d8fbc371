/**
 * Notices sockets that do not count what waits in them. So many bytes within so short a time while the socket says that it holds
 * nothing: either the system took them all, or the runtime does not count. Giving it one turn of the event loop is right in both cases.
 */
const UNCOUNTED_BYTES = 4 * 1024 * 1024;
const UNCOUNTED_WITHIN_MS = 50;

export class UncountedBytes {
  #lookedBytes = 0;
  #lookedAtMs = 0;

  /** How many bytes have been sent when the next look is due. */
  get nextLookBytes(): number {
    return this.#lookedBytes + UNCOUNTED_BYTES;
  }

  /** Whether the event loop should turn before more is sent. */
  look(sentBytes: number, bufferedBytes: number, nowMs: number): boolean {
    if (sentBytes < this.nextLookBytes) return false;
    const sinceMs = nowMs - this.#lookedAtMs;
    this.#lookedBytes = sentBytes;
    this.#lookedAtMs = nowMs;
    return sinceMs <= UNCOUNTED_WITHIN_MS && bufferedBytes === 0;
  }
}
