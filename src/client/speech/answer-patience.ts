/** How long the sender waits for an answer to its pings before it goes on without one, and whether answers come at all. */

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
