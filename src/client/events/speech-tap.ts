/**
 * Lets other code of the process see the audio and the frames of a session while it watches, beside its handlers and loops: what the
 * session does is the same with and without. Without a watcher: one comparison for each write and for each message, and no memory.
 */

/** What is seen of one session. It must not throw, and keep nothing of the memory that it is given. */
export interface SpeechTap {
  /** Audio as the application wrote it, before it is aligned to samples; the pieces of an utterance come in their order. */
  audio(reqId: string, bytes: Uint8Array): void;
  /**
   * A message as it is handed over, once and in order.
   * @param index the number of its first keyframe within the utterance, from 0
   * @param resumed whether it is the first one after a recovery
   */
  frame(reqId: string, index: number, envelope: Uint8Array, resumed: boolean, end: boolean): void;
}

class SpeechTaps {
  /** Whether any session is watched. */
  isOn = false;
  readonly #bySession = new Map<object, SpeechTap>();

  /** Undefined for a session that is not watched. */
  of(session: object): SpeechTap | undefined {
    return this.#bySession.get(session);
  }

  /** Watches a session until the function that it returns is called. One tap for a session: a second one replaces the first. */
  watch(session: object, tap: SpeechTap): () => void {
    this.#bySession.set(session, tap);
    this.isOn = true;
    return () => {
      if (this.#bySession.get(session) === tap) this.#bySession.delete(session);
      this.isOn = this.#bySession.size > 0;
    };
  }
}

/** Of all sessions of the process. */
export const SPEECH_TAPS = new SpeechTaps();
