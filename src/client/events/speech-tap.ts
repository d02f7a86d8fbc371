/**
 * Lets other code of the process observe the audio and the frames of a session, in addition to its handlers and loops: the session
 * behaves the same with and without it. Without an observer it costs one comparison for each write and each message, and no memory.
 */

/** Observes one session. It must not throw, and must not keep the memory that it is given. */
export interface SpeechTap {
  /** Audio as the application wrote it, before it is aligned to samples; the pieces of an utterance come in their order. */
  audio(reqId: string, bytes: Uint8Array): void;
  /**
   * A message when it is delivered; each one once, in order.
   *
   * @param index the number of its first keyframe within the utterance, from 0
   * @param resumed whether it is the first one after a recovery
   */
  frame(reqId: string, index: number, envelope: Uint8Array, resumed: boolean, end: boolean): void;
}

class SpeechTaps {
  /** Whether any session is observed. */
  isOn = false;
  readonly #bySession = new Map<object, SpeechTap>();

  /** Undefined for a session that is not observed. */
  of(session: object): SpeechTap | undefined {
    return this.#bySession.get(session);
  }

  /** Observes a session until the returned function is called. A session has one tap: a second one replaces the first. */
  watch(session: object, tap: SpeechTap): () => void {
    this.#bySession.set(session, tap);
    this.isOn = true;
    return () => {
      if (this.#bySession.get(session) === tap) this.#bySession.delete(session);
      this.isOn = this.#bySession.size > 0;
    };
  }
}

/** The taps of all sessions of the process. */
export const SPEECH_TAPS = new SpeechTaps();
