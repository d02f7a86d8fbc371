/**
 * An utterance as a Node stream, so that `pipeline(source, utterance.writable)` speaks: backpressure is the write's promise, the
 * end of the stream is the end of the utterance. Decides nothing about speech itself.
 */
import { Writable } from 'node:stream';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk } from './audio-chunk.js';
import type { StallWatch } from './stall-watch.js';

/** What the stream needs of an utterance. */
export interface Speakable {
  write(chunk: AudioChunk): Promise<void>;
  end(): Promise<void>;
  interrupt(): Promise<void>;
  readonly finished: Promise<unknown>;
}

const NOTHING = new Uint8Array(0);

/** What is no audio, memory that was transferred too, is not empty: it is refused. */
function isEmpty(chunk: AudioChunk): boolean {
  try {
    return toBytes(chunk).length === 0;
  } catch {
    return false;
  }
}

/**
 * @param over resolves when the utterance takes no more audio
 * @param stalls ends the utterance when nothing is written for too long
 */
export function createUtteranceWritable(
  utterance: Speakable,
  over: Promise<void>,
  stalls: StallWatch,
): Writable {
  const writable = new Writable({
    // Every chunk reaches the utterance as it was given, and is checked there. Otherwise Node makes bytes of text and of every typed
    // array, floats included, and refuses an ArrayBuffer.
    objectMode: true,
    write(chunk: AudioChunk, _encoding, taken): void {
      if (isEmpty(chunk)) {
        // No audio: a stream of nothing else has stalled.
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
      // Destroyed after its end: everything has been said, and the frames still come.
      const left = this.writableFinished ? Promise.resolve() : utterance.interrupt();
      left.then(() => destroyed(error), destroyed);
    },
  });
  // Whoever listens hears of an error; nobody is forced to, because `finished` and each write tell it too.
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
