/**
 * An utterance as a Node stream: backpressure is the promise of `write`, the end of the stream ends the utterance. Decides nothing about
 * speech.
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

/** A value that is no audio, or transferred memory, does not count as empty, so that it is refused. */
function isEmpty(chunk: AudioChunk): boolean {
  try {
    return toBytes(chunk).length === 0;
  } catch {
    return false;
  }
}

interface StreamedUtterance {
  /** Resolves when the utterance accepts no more audio. */
  readonly over: Promise<void>;
  /** Whether it was interrupted. */
  readonly isCut: () => boolean;
  /** Ends the utterance when nothing is written for too long. */
  readonly stalls: StallWatch;
  /** The source of the stream has failed, or (`isRefusal`) the utterance has refused a chunk. */
  readonly failed: (error: unknown, isRefusal: boolean) => void;
}

/** Writes the chunks of the stream into the utterance. */
export function createUtteranceWritable(
  utterance: UtteranceHandle,
  { over, isCut, stalls, failed }: StreamedUtterance,
): Writable {
  let refusal: unknown;
  // A chunk that is refused because of an interrupt is discarded, and so are all later ones: without an error, until the writer ends.
  const refused = (error: unknown, taken: (error?: Error) => void): void => {
    if (isCut()) {
      taken();
      return;
    }
    refusal = error;
    taken(error as Error);
  };
  const writable = new LeavableWritable(isCut, {
    // Chunks are passed to the utterance unchanged, and checked there. Otherwise Node would make bytes of text and of every typed array,
    // floats included, and refuse an ArrayBuffer.
    objectMode: true,
    write(chunk: AudioChunk, _encoding, taken): void {
      if (isCut()) {
        // A source that never pauses would block the event loop, and thereby its own end.
        if (this.writableEnded) taken();
        else void stalls.nextTurn().then(() => taken());
        return;
      }
      if (isEmpty(chunk)) {
        // No audio: a stream of nothing else counts as stalled.
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
      // An abort by the application is no failure.
      if (error && !isAbort(error) && !this.writableFinished) failed(error, error === refusal);
      // Destroyed after its end: all audio was written, and the frames still come.
      const left = this.writableFinished ? Promise.resolve() : utterance.interrupt();
      left.then(() => destroyed(error), destroyed);
    },
  });
  // Listening for errors is optional, because `finished` and each write report them as well.
  writable.on('error', () => undefined);
  const destroy = (error: unknown): void => {
    // Passed on unchanged: an error of another realm is no Error here. A value that is no object becomes an Error with its text.
    const readable = readableThrown(error);
    writable.destroy(
      typeof readable === 'object' && readable !== null ? (readable as Error) : asError(readable),
    );
  };
  const piped = new Set<Readable>();
  writable.on('pipe', (source: Readable) => {
    piped.add(source);
    // The application decides whether errors of the source are handled.
    source.on(Writable.errorMonitor, destroy);
    // A pipeline listens to the source only after this event.
    if (isCut()) void over.then(() => release(source, writable));
  });
  writable.on('unpipe', (source: Readable) => {
    piped.delete(source);
    source.off(Writable.errorMonitor, destroy);
    // The server can answer, and the client can finish its upload.
    if (writable.destroyed && isServerRequest(source)) source.resume();
  });
  // An utterance that is over accepts no more audio: the writer gets the error now, not at the next write. After an interrupt there is no
  // error.
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

/**
 * Whether a pipeline writes the values of a generator or a web stream in a loop of its own. It is recognized by the name of Node's
 * listener.
 */
function isWrittenByLoop(writable: Writable): boolean {
  return writable.listeners('drain').some(({ name }) => name === 'resume');
}

/**
 * Ends the loop in which Node's pipeline writes the values of a generator at its next chunk after an interrupt. The only way is to throw
 * in `write`; the thrown value is undefined, which Node does not treat as a failure. So a generator without an end is closed as well.
 * Other writers are not affected. If Node's listener has another name, the loop runs to the end of the generator, and its values are
 * discarded.
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
 * After an interrupt: destroys a source that is piped in, so that a socket or a file is closed. Node's pipeline reports a stream that
 * closes before its `end` event as a failure, so the stream is ended first and then destroyed before it emits `end`; thus it can't return
 * to a pool of connections. A transform can't be ended without an error: it continues, and its output is discarded. The same applies to
 * the request of a server, whose socket carries the answer.
 */
function release(source: Readable, writable: Writable): void {
  if (source instanceof Transform || source.listenerCount('unpipe') > 0 || isServerRequest(source)) return;
  source.on('error', () => undefined);
  if (!source.readableEnded && !source.destroyed) {
    // No more is read from the underlying source. The rest of the buffer is discarded, so that Node ends the stream.
    source.push(null);
    while (source.read() !== null);
    source.destroy();
  }
  writable.end();
}
