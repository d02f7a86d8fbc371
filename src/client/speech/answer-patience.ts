/** Waiting for the peer's answers to pings: how long, whether answers come at all, and what is sent without them. */

/** As long as that is not known, milliseconds: the first ping goes in front of the audio, and is answered within one round trip. */
const FIRST_PATIENCE_MS = 500;
/** Twice as long each time. */
const PATIENCE_MS = 4_000;
const MAX_PATIENCE_MS = 32_000;

export class AnswerPatience {
  ms = FIRST_PATIENCE_MS;
  #answersCome: boolean | undefined;

  /** Whether pings are of no use: the peer gives no answers, or the transport does not report them. */
  get isGivenUp(): boolean {
    return this.#answersCome === false;
  }

  answered(): void {
    this.#answersCome = true;
    this.ms = PATIENCE_MS;
  }

  /** No answer came in that time. `isAlive`: other bytes did. */
  ranOut(isAlive: boolean): void {
    if (this.#answersCome === undefined && isAlive) this.#answersCome = false;
    else this.ms = Math.min(2 * this.ms, MAX_PATIENCE_MS);
  }
}

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
