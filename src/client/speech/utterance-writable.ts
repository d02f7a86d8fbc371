/**
 * An utterance as a Node stream: backpressure is the write's promise, the end of the stream is the end of the utterance. Decides
 * nothing about speech itself.
 */
import { Transform, Writable } from 'node:stream';
import type { Readable, WritableOptions } from 'node:stream';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk } from './audio-chunk.js';
import { isServerRequest } from '../../ports/source-reader.js';
import { isAbort } from './audio-source.js';
import type { StallWatch } from './audio-source.js';
import type { UtteranceHandle } from './utterance-interfaces.js';
import { asError, readableThrown } from '../waiting/deferred.js';

const NOTHING = new Uint8Array(0);

/** What is no audio, memory that was transferred too, is not empty: it is refused. */
function isEmpty(chunk: AudioChunk): boolean {
  try {
    return toBytes(chunk).length === 0;
  } catch {
    return false;
  }
}

interface StreamedUtterance {
  /** Resolves when the utterance takes no more audio. */
  readonly over: Promise<void>;
  /** Whether it was interrupted. */
  readonly isCut: () => boolean;
  /** Ends the utterance when nothing is written for too long. */
  readonly stalls: StallWatch;
  /** What writes has failed, or (`isRefusal`) the utterance has refused what was written. */
  readonly failed: (error: unknown, isRefusal: boolean) => void;
}

/** Writes what the stream is given into the utterance. */
export function createUtteranceWritable(
  utterance: UtteranceHandle,
  { over, isCut, stalls, failed }: StreamedUtterance,
): Writable {
  let refusal: unknown;
  // What an interrupt refuses is discarded, as all that comes after it: without an error, until the writer ends.
  const refused = (error: unknown, taken: (error?: Error) => void): void => {
    if (isCut()) {
      taken();
      return;
    }
    refusal = error;
    taken(error as Error);
  };
  const writable = new LeavableWritable(isCut, {
    // Every chunk reaches the utterance as it was given, and is checked there. Otherwise Node makes bytes of text and of every typed
    // array, floats included, and refuses an ArrayBuffer.
    objectMode: true,
    write(chunk: AudioChunk, _encoding, taken): void {
      if (isCut()) {
        // A source that never pauses would block the event loop, and with it its own end.
        if (this.writableEnded) taken();
        else void stalls.nextTurn().then(() => taken());
        return;
      }
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
      utterance.write(chunk).then(written, (error: unknown) => refused(error, taken));
    },
    final(taken): void {
      stalls.stop();
      utterance.end().then(
        () => taken(),
        (error: unknown) => refused(error, taken),
      );
    },
    destroy(error, destroyed): void {
      stalls.stop();
      // What the application has aborted is no failure.
      if (error && !isAbort(error) && !this.writableFinished) failed(error, error === refusal);
      // Destroyed after its end: everything has been said, and the frames still come.
      const left = this.writableFinished ? Promise.resolve() : utterance.interrupt();
      left.then(() => destroyed(error), destroyed);
    },
  });
  // Listening for errors is optional: `finished` and each write report them too.
  writable.on('error', () => undefined);
  const destroy = (error: unknown): void => {
    // As it is: one of another realm is no Error here. What is no object gets the words of an error.
    const readable = readableThrown(error);
    writable.destroy(
      typeof readable === 'object' && readable !== null ? (readable as Error) : asError(readable),
    );
  };
  const piped = new Set<Readable>();
  writable.on('pipe', (source: Readable) => {
    piped.add(source);
    // Whether its errors are handled is left to the application.
    source.on(Writable.errorMonitor, destroy);
    // A pipeline listens to the source only after this event.
    if (isCut()) void over.then(() => release(source, writable));
  });
  writable.on('unpipe', (source: Readable) => {
    piped.delete(source);
    source.off(Writable.errorMonitor, destroy);
    // The server can answer, and the client is not stopped in its upload.
    if (writable.destroyed && isServerRequest(source)) source.resume();
  });
  // An utterance that is over takes no more: the application learns it now, not at the next write. After an interrupt there is no error.
  void over.then(() => {
    stalls.stop();
    if (writable.writableEnded) return;
    if (isCut()) for (const source of piped) release(source, writable);
    else utterance.write(NOTHING).catch(destroy);
  });
  utterance.finished.catch((error: unknown) => {
    if (!writable.writableFinished) destroy(error);
  });
  stalls.waiting();
  return writable;
}

/** Whether a pipeline writes what a generator or a web stream gives, by a loop of its own. Node names its listener so. */
function isWrittenByLoop(writable: Writable): boolean {
  return writable.listeners('drain').some(({ name }) => name === 'resume');
}

/**
 * After an interrupt the loop in which Node's pipeline writes what a generator gives is left at its next chunk: by a throw, which is the
 * only way out of it, of nothing, which makes that no failure. So a generator without an end is left, too. Others who write don't meet
 * this; and where Node does not name the listener so, the loop runs to the end of the generator, and what it gives is discarded.
 */
class LeavableWritable extends Writable {
  readonly #isCut: () => boolean;

  constructor(isCut: () => boolean, options: WritableOptions) {
    super(options);
    this.#isCut = isCut;
  }

  override write(...args: unknown[]): boolean {
    if (this.#isCut() && isWrittenByLoop(this)) {
      const nothing: unknown = undefined;
      throw nothing;
    }
    return super.write(...(args as Parameters<Writable['write']>));
  }
}

/**
 * After an interrupt: destroys what is piped in, so that a socket or a file is closed. Node's pipeline reports a stream that closes before
 * its `end` event as a failure: so the stream comes to its end, and is destroyed before it says so: it can't go back into a pool of
 * connections any more. A stream that another one writes into can't be ended without an error: it goes on, and what it gives is discarded.
 * So does the request of a server, whose socket carries the answer.
 */
function release(source: Readable, writable: Writable): void {
  if (source instanceof Transform || source.listenerCount('unpipe') > 0 || isServerRequest(source)) return;
  source.on('error', () => undefined);
  if (!source.readableEnded && !source.destroyed) {
    // No more is read from where it comes from. The rest of its buffer is discarded, so that Node gives it its end.
    source.push(null);
    while (source.read() !== null);
    source.destroy();
  }
  writable.end();
}
