/**
 * How much may be in flight over a socket that may not report its buffered bytes, where no ping shows how much the peer has read: the
 * sockets of some runtimes accept any number of bytes and report an empty buffer. Keyframes that come back show how much the service has
 * read. Where none come, as in a room, the elapsed time is used. A socket that has once reported a filled buffer reports correctly; that
 * of `ws` always does. Pure arithmetic; independent of socket and clock.
 */

/** Bytes that may be in flight without an answer: half a minute of speech at 16 kHz, ten seconds at 48 kHz. */
const UNANSWERED_BYTES = 1024 * 1024;
/** Additional bytes for each `STEP_MS` without an answer: faster than speech at 48 kHz. */
const STEP_BYTES = 256 * 1024;
export const STEP_MS = 2_000;
/**
 * If this many bytes are sent within `TURN_WITHIN_MS` while the socket reports an empty buffer, either the system took them all or the
 * runtime does not count them. Waiting for one turn of the event loop is right in both cases.
 */
const TURN_BYTES = 4 * 1024 * 1024;
const TURN_WITHIN_MS = 50;

export class UncountedBytes {
  #counts = false;
  #answeredBytes = 0;
  #limitBytes = UNANSWERED_BYTES;
  #lookedBytes = 0;
  #lookedAtMs = 0;

  /**
   * Begins a new connection, with nothing in flight; `sentBytes` is not reset. `counts`: whether its socket is known to report its
   * buffered bytes.
   */
  restart(sentBytes: number, counts = false): void {
    this.#counts = counts;
    this.#answeredBytes = sentBytes;
    this.#limitBytes = sentBytes + UNANSWERED_BYTES;
  }

  /** The number of sent bytes at which the next `look` is due. */
  get nextLookBytes(): number {
    const nextTurnBytes = this.#lookedBytes + TURN_BYTES;
    return this.#counts ? nextTurnBytes : Math.min(nextTurnBytes, this.#limitBytes);
  }

  isFull(sentBytes: number): boolean {
    return !this.#counts && sentBytes >= this.#limitBytes;
  }

  /** What to wait for before more is sent: an answer, or a turn of the event loop. */
  look(sentBytes: number, bufferedBytes: number, nowMs: number): 'answer' | 'turn' | undefined {
    if (bufferedBytes > 0) this.#counts = true;
    if (this.isFull(sentBytes)) return 'answer';
    if (sentBytes < this.#lookedBytes + TURN_BYTES) return undefined;
    const sinceMs = nowMs - this.#lookedAtMs;
    this.#lookedBytes = sentBytes;
    this.#lookedAtMs = nowMs;
    return sinceMs <= TURN_WITHIN_MS && bufferedBytes === 0 ? 'turn' : undefined;
  }

  /** Keyframes for `bytes` of audio came. Audio in another format is smaller than that, so its answers come early. */
  answered(bytes: number, sentBytes: number): void {
    this.#answeredBytes = Math.min(sentBytes, this.#answeredBytes + bytes);
    this.#limitBytes = Math.max(this.#limitBytes, this.#answeredBytes + UNANSWERED_BYTES);
  }

  /** Call it every `STEP_MS`. */
  timePassed(): void {
    this.#limitBytes += STEP_BYTES;
  }
}
