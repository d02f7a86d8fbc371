/**
 * An utterance as a Node stream: backpressure is the write's promise, the end of the stream is the end of the utterance. Decides
 * nothing about speech itself.
 */
import { Transform, Writable } from 'node:stream';
import type { Readable, WritableOptions } from 'node:stream';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk } from './audio-chunk.js';
import { isAbort } from './audio-source.js';
import type { StallWatch } from './audio-source.js';
import type { UtteranceHandle } from './utterance-interfaces.js';

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
  let discarded = 0;
  let refusal: unknown;
  // What an interrupt refuses is discarded: the writer learns of it by the end of the stream.
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
        discarded += 1;
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
    writable.destroy(error instanceof Error ? error : undefined);
  };
  const piped = new Set<Readable>();
  writable.on('pipe', (source: Readable) => {
    piped.add(source);
    // Whether its errors are handled is left to the application.
    source.on(Writable.errorMonitor, destroy);
    // A pipeline listens to the source only after this event.
    if (isCut()) void over.then(() => destroySource(source, writable));
  });
  writable.on('unpipe', (source: Readable) => {
    piped.delete(source);
    source.off(Writable.errorMonitor, destroy);
  });
  // An utterance that is over takes no more: its stream ends now, not at the next write. After an interrupt it ends without an error:
  // what is piped in is destroyed, and what anything else still gives is discarded, for a short time.
  void over.then(() => {
    stalls.stop();
    if (writable.writableEnded) return;
    if (!isCut()) {
      utterance.write(NOTHING).catch(destroy);
      return;
    }
    for (const source of piped) destroySource(source, writable);
    // Whoever writes by itself waits for `drain`: now, or in a pipeline that begins later.
    const limit = (): void => discardForAWhile(writable, stalls, () => discarded > 0);
    if (writable.listenerCount('drain') > 0) limit();
    writable.on('newListener', (name) => {
      if (name === 'drain') limit();
    });
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
 * only way out of it, of nothing, which makes that no failure. The generator is left, too. Others who write don't meet this.
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

/** So long what is written after an interrupt is discarded, until its writer ends, milliseconds. */
const DISCARDS_MS = 2_000;

/**
 * A writer that can't be ended, such as a generator in a pipeline, ends by itself or fails when the time is up: with an AbortError where
 * it still writes. Node's pipeline ignores an AbortError of its last stream while a generator gives nothing, and would never settle: then
 * the error has that code only.
 */
function discardForAWhile(writable: Writable, stalls: StallWatch, stillWrites: () => boolean): void {
  if (writable.writableEnded) return;
  stalls.after(DISCARDS_MS, () => {
    if (writable.writableFinished || writable.destroyed) return;
    const error = interruptedError();
    writable.destroy(stillWrites() ? Object.assign(error, { name: 'AbortError' }) : error);
  });
}

function interruptedError(): Error {
  return Object.assign(new Error('the utterance was interrupted'), { code: 'ABORT_ERR' });
}

/**
 * Destroys what is piped in, so that a socket or a file is closed. Node's pipeline reports a stream that closes before its `end` event as
 * a failure: so the stream comes to its end, and is destroyed before it says so: it can't go back into a pool of connections any more. A stream that another
 * one writes into can't end so: the pipeline has to destroy the one before it, and does so only with an error.
 */
function destroySource(source: Readable, writable: Writable): void {
  source.on('error', () => undefined);
  if (source instanceof Transform || source.listenerCount('unpipe') > 0) {
    source.unpipe(writable);
    source.destroy(Object.assign(interruptedError(), { name: 'AbortError' }));
    writable.end();
    return;
  }
  if (!source.readableEnded && !source.destroyed) {
    // No more is read from where it comes from. The rest of its buffer is discarded, so that Node gives it its end.
    source.push(null);
    while (source.read() !== null);
    source.destroy();
  }
  writable.end();
}
