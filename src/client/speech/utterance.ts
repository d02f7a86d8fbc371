/** One utterance for the application: write, end, interrupt, wait, read its frames, and the same as a Node stream. Decides nothing. */
import { Writable } from 'node:stream';
import type { Frame } from '../events/session-events.js';
import { handledRejection } from '../waiting/deferred.js';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk } from './audio-chunk.js';
import type { Speech } from './speech.js';
import type { ActiveUtterance, UtteranceResult } from './active-utterance.js';
import type { StallWatch } from './audio-source.js';

const NOTHING = new Uint8Array(0);
const ACCEPTED = Promise.resolve();

/**
 * One request, from its first word to its last frame. It survives reconnects: what is unfinished when a connection is lost
 * is sent again, and frames that had come are not delivered again.
 *
 * `for await (const frame of utterance)` gives every frame once, in order, and throws when the utterance fails. For a loop
 * that has not begun up to 1 MiB of them is kept, more than a minute, and nothing where the application takes its frames by callback;
 * for one that takes them more slowly than they come up to 32 MiB, for one that takes none 8 MiB. A loop gets what was kept, then it
 * throws an AvatarSDKError that names the first index that is missing. So does one that takes none of the frames that wait for it within
 * `readerTimeoutMs`; they are let go. Neither that nor leaving the loop ends the utterance, and the socket is read all the time.
 *
 * @example
 * ```ts
 * const utterance = session.speak();
 * for await (const chunk of tts(text)) await utterance.write(chunk);
 * await utterance.end();
 * const { outcome, keyframes } = await utterance.finished;
 * ```
 */
export class Utterance implements AsyncIterable<Frame> {
  readonly #speech: Speech;
  readonly #active: ActiveUtterance;
  #writable: Writable | undefined;

  /** @internal */
  constructor(speech: Speech, active: ActiveUtterance) {
    this.#speech = speech;
    this.#active = active;
  }

  /** The id of this request; frames and errors carry it, also after a reconnect. */
  get reqId(): string {
    return this.#active.ledger.reqId;
  }

  /**
   * Settles once, in bounded time: with the outcome, or with an AvatarSDKError whose `outcome` is `expired` or `failed`. Never
   * an unhandled rejection, also when it is not awaited. When every frame came, and a loop still takes them, it waits for that loop:
   * until the loop has come to its end, or has taken none for 2 seconds.
   */
  get finished(): Promise<UtteranceResult> {
    return this.#active.finished;
  }

  /**
   * Accepts audio of any length: sent at once, or kept while the session reconnects. Resolves when the socket has room for
   * more; awaiting it is the backpressure. The chunk may be reused afterwards. Rejects with an AvatarSDKError when the
   * utterance is over, and with TypeError for what is no audio.
   */
  write(chunk: AudioChunk): Promise<void> {
    return this.#accept(chunk, false);
  }

  /** Says that no more audio comes; may carry the last of it. The service answers with the last frame. */
  end(chunk: AudioChunk = NOTHING): Promise<void> {
    return this.#accept(chunk, true);
  }

  /**
   * Cuts the utterance short, at once. From then on no handler and no loop gets a frame of it, and it takes no audio; `finished`
   * resolves as `interrupted`. In a room the service may say within 250 ms where exactly it stopped: `finished` and the event
   * `interrupted` wait for that, `interrupt` and `close` do not.
   */
  interrupt(): Promise<void> {
    this.#speech.interrupt(this.#active);
    return Promise.resolve();
  }

  /**
   * The same utterance as a Node stream: `await pipeline(source, utterance.writable)` writes at the pace of the socket, ends
   * it, and resolves when all audio is accepted; for web streams use `Writable.toWeb(utterance.writable)`. Destroyed before
   * its end it interrupts the utterance, and an utterance that is over destroys it. Never an unhandled `error` event.
   */
  get writable(): Writable {
    this.#writable ??= createUtteranceWritable(
      this,
      this.#active.over,
      this.#speech.watchSource(this.#active),
    );
    return this.#writable;
  }

  /**
   * Gives every frame once, in order. Throws the AvatarSDKError of an utterance that fails, and one that names the first
   * missing index after a gap.
   */
  [Symbol.asyncIterator](): AsyncIterator<Frame, undefined> {
    const { frames } = this.#active;
    if (frames === undefined) throw new TypeError('this utterance keeps no frames');
    return frames[Symbol.asyncIterator]();
  }

  #accept(chunk: AudioChunk, end: boolean): Promise<void> {
    try {
      return this.#speech.write(this.#active, toBytes(chunk), end) ?? ACCEPTED;
    } catch (error) {
      return handledRejection(error);
    }
  }
}

/** False for a value that is not audio, such as a detached buffer: the write refuses it. */
function isEmpty(chunk: AudioChunk): boolean {
  try {
    return toBytes(chunk).length === 0;
  } catch {
    return false;
  }
}

/**
 * An utterance as a Node stream: backpressure is the write's promise, the end of the stream is the end of the utterance.
 *
 * @param over resolves when the utterance takes no more audio
 * @param stalls ends the utterance when nothing is written for too long
 */
function createUtteranceWritable(utterance: Utterance, over: Promise<void>, stalls: StallWatch): Writable {
  const writable = new Writable({
    // Each chunk reaches the utterance unchanged, and is checked there. Otherwise Node converts text and every typed array, floats
    // included, to bytes, and refuses an ArrayBuffer.
    objectMode: true,
    write(chunk: AudioChunk, _encoding, taken): void {
      if (isEmpty(chunk)) {
        // Empty chunks are not audio: a stream that gives nothing else has stalled.
        void stalls.nextTurn().then(() => taken());
        return;
      }
      stalls.gave();
      const written = (): void => {
        stalls.waiting();
        taken();
      };
      utterance.write(chunk).then(written, taken);
    },
    final(taken): void {
      stalls.stop();
      utterance.end().then(() => taken(), taken);
    },
    destroy(error, destroyed): void {
      stalls.stop();
      // Destroyed after its end: all audio has been accepted, and the frames still come.
      const left = this.writableFinished ? Promise.resolve() : utterance.interrupt();
      left.then(() => destroyed(error), destroyed);
    },
  });
  // An `error` event without a listener would be thrown; `finished` and each write reject with the error anyway.
  writable.on('error', () => undefined);
  const destroy = (error: unknown): void => {
    writable.destroy(error instanceof Error ? error : undefined);
  };
  // An utterance that is over takes no more: its stream ends now, not at the next write.
  void over.then(() => {
    stalls.stop();
    if (!writable.writableEnded) utterance.write(NOTHING).catch(destroy);
  });
  utterance.finished.catch((error: unknown) => {
    if (!writable.writableFinished) destroy(error);
  });
  stalls.waiting();
  return writable;
}
