/**
 * How much may be on its way over a socket that may not count what waits in it, where no ping says what the peer has read: the sockets of
 * some runtimes take any number of bytes and say that they hold nothing. The keyframes that come back say what the service has read;
 * where none come, as in a room, time does. A socket that has once said that it holds something counts bytes; that of `ws` always does.
 * Pure arithmetic; knows no socket and no clock.
 */

/** May be on its way without an answer, bytes: half a minute of speech at 16 kHz, ten seconds at 48 kHz. */
const UNANSWERED_BYTES = 1024 * 1024;
/** So much more for each time without an answer: faster than speech at 48 kHz. */
const STEP_BYTES = 256 * 1024;
export const STEP_MS = 2_000;
/**
 * So many bytes within so short a time while the socket says that it holds nothing: either the system took them all, or the runtime does
 * not count. Giving it one turn of the event loop is right in both cases.
 */
const TURN_BYTES = 4 * 1024 * 1024;
const TURN_WITHIN_MS = 50;

export class UncountedBytes {
  #counts = false;
  #answeredBytes = 0;
  #limitBytes = UNANSWERED_BYTES;
  #lookedBytes = 0;
  #lookedAtMs = 0;

  /** Nothing is on its way over a new connection, which is known to count or not; `sentBytes` counts on. */
  restart(sentBytes: number, counts = false): void {
    this.#counts = counts;
    this.#answeredBytes = sentBytes;
    this.#limitBytes = sentBytes + UNANSWERED_BYTES;
  }

  /** How many bytes have been sent when the next look is due. */
  get nextLookBytes(): number {
    const nextTurnBytes = this.#lookedBytes + TURN_BYTES;
    return this.#counts ? nextTurnBytes : Math.min(nextTurnBytes, this.#limitBytes);
  }

  isFull(sentBytes: number): boolean {
    return !this.#counts && sentBytes >= this.#limitBytes;
  }

  /** What has to come before more is sent: an answer, or a turn of the event loop. */
  look(sentBytes: number, bufferedBytes: number, nowMs: number): 'answer' | 'turn' | undefined {
    if (bufferedBytes > 0) this.#counts = true;
    if (this.isFull(sentBytes)) return 'answer';
    if (sentBytes < this.#lookedBytes + TURN_BYTES) return undefined;
    const sinceMs = nowMs - this.#lookedAtMs;
    this.#lookedBytes = sentBytes;
    this.#lookedAtMs = nowMs;
    return sinceMs <= TURN_WITHIN_MS && bufferedBytes === 0 ? 'turn' : undefined;
  }

  /** Keyframes of so much audio came. What is sent in another form than audio is all answered sooner. */
  answered(bytes: number, sentBytes: number): void {
    this.#answeredBytes = Math.min(sentBytes, this.#answeredBytes + bytes);
    this.#limitBytes = Math.max(this.#limitBytes, this.#answeredBytes + UNANSWERED_BYTES);
  }

  /** `STEP_MS` went by. */
  timePassed(): void {
    this.#limitBytes += STEP_BYTES;
  }
}
