/**
 * Audio from a source into one utterance: whatever can be looped over, or a Node stream, at the pace at which the socket takes it. A
 * source that gives nothing for too long ends its utterance.
 */
import { Writable } from 'node:stream';
import type { Clock, Timer } from '../../ports/clock.js';
import { openSource } from '../../ports/source-reader.js';
import type { SourceReader } from '../../ports/source-reader.js';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk, AudioSource } from './audio-chunk.js';

/** What a source is written into. */
export interface AudioSink {
  write(chunk: AudioChunk): Promise<void>;
  end(chunk?: AudioChunk): Promise<void>;
  /** Whether the utterance is over before it has begun: then nothing is read. */
  readonly isOver: boolean;
  /** Resolves when the utterance is over, however it ended. */
  readonly over: Promise<void>;
  /** Ends the utterance when the source stalls. */
  readonly stalls: StallWatch;
}

const OVER: IteratorResult<never, undefined> = { done: true, value: undefined };

/**
 * Writes the source at the pace of the socket, then ends the utterance. When the utterance is over first, the source is left at
 * once, also while it has nothing to give. Resolves with the error of a write that was refused, if one was. Rejects only with
 * what the source itself threw, or a TypeError for what is no audio.
 */
export async function writeSource(utterance: AudioSink, source: AudioSource): Promise<unknown> {
  const reader = openSource(source);
  if (reader === undefined) return refusalOf(utterance.end(toBytes(source as AudioChunk)));
  const reading = new Reading(reader, utterance);
  if (utterance.isOver) reading.leave();
  try {
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
      const bytes = toBytes(next.value);
      if (bytes.length === 0) {
        // Some services send empty chunks to keep their line alive: they are no audio, and a source of nothing else has stalled.
        await utterance.stalls.nextTurn();
        continue;
      }
      reading.gave();
      const refusal = await refusalOf(utterance.write(bytes));
      if (refusal !== undefined) return refusal;
    }
  } finally {
    reading.leave();
  }
  return reading.left ? undefined : refusalOf(utterance.end());
}

/** Reads one source until it has no more, or until the utterance is over. */
class Reading {
  /** Whether the source was left before its end. */
  left = false;
  readonly #reader: SourceReader<AudioChunk>;
  readonly #stalls: StallWatch;
  #ended = false;
  /** Whether audio is awaited from it. */
  #isAwaited = false;
  /** Answers the `next` that waits for the source. */
  #answer: ((result: typeof OVER) => void) | undefined;

  constructor(reader: SourceReader<AudioChunk>, { over, stalls }: AudioSink) {
    this.#reader = reader;
    this.#stalls = stalls;
    void over.then(() => {
      this.leave();
      this.#answer?.(OVER);
    });
  }

  async next(): Promise<IteratorResult<AudioChunk, unknown>> {
    if (this.left) return OVER;
    if (!this.#isAwaited) this.#stalls.waiting();
    this.#isAwaited = true;
    try {
      const result = await new Promise<IteratorResult<AudioChunk, unknown>>((resolve, reject) => {
        this.#answer = resolve;
        this.#reader.next().then(resolve, reject);
      });
      if (result.done === true) this.#end();
      return result;
    } catch (error) {
      // It has failed by itself: there is nothing left to leave.
      this.#end();
      throw error;
    }
  }

  /** It gave audio. */
  gave(): void {
    this.#isAwaited = false;
    this.#stalls.gave();
  }

  #end(): void {
    this.#ended = true;
    this.gave();
  }

  leave(): void {
    this.#stalls.stop();
    if (this.#ended || this.left) return;
    this.left = true;
    this.#reader.leave();
  }
}

async function refusalOf(write: Promise<void>): Promise<unknown> {
  try {
    await write;
    return undefined;
  } catch (refusal) {
    return refusal;
  }
}

/**
 * An utterance as a Node stream, so that `pipeline(source, utterance.writable)` speaks: backpressure is the write's promise, the
 * end of the stream is the end of the utterance. Decides nothing about speech itself.
 */

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

/**
 * Notices that an audio source gives nothing for too long. The time is counted in parts that passed, so that a stall of the
 * event loop costs one part, and no clock is read per chunk. Knows neither the source nor the utterance.
 */

/** The time is noticed at most one part late. */
const PARTS = 4;

export class StallWatch {
  readonly #clock: Clock;
  readonly #partMs: number;
  readonly #onStalled: () => void;
  #timer: Timer | undefined;
  /** Parts until the source counts as stalled; 0 while nothing is awaited from it. */
  #partsLeft = 0;
  #stopped = false;

  /** `onStalled` is called at most once. */
  constructor(clock: Clock, timeoutMs: number, onStalled: () => void) {
    this.#clock = clock;
    this.#partMs = timeoutMs / PARTS;
    this.#onStalled = onStalled;
  }

  /** From now on something is awaited from the source. */
  waiting(): void {
    if (this.#stopped) return;
    // Of a part that has begun before, it is not known how much is left.
    this.#partsLeft = this.#timer === undefined ? PARTS : PARTS + 1;
    this.#timer ??= this.#schedule();
  }

  /** It has come. */
  gave(): void {
    this.#partsLeft = 0;
  }

  /** Resolves a millisecond later: a source that gives nothing, and at once, would keep the process from its sockets. */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => void this.#clock.schedule(1, resolve));
  }

  /** The source is not read any more. Later calls change nothing. */
  stop(): void {
    this.#stopped = true;
    this.#partsLeft = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): Timer {
    return this.#clock.schedule(this.#partMs, () => this.#partPassed());
  }

  #partPassed(): void {
    this.#timer = undefined;
    if (this.#partsLeft === 0) return;
    this.#partsLeft -= 1;
    if (this.#partsLeft > 0) {
      this.#timer = this.#schedule();
      return;
    }
    this.#partsLeft = 1;
    // A late timer runs before the sockets are read: what the source waits for may have arrived.
    this.#clock.afterPendingInput(() => {
      if (this.#partsLeft !== 1 || this.#timer !== undefined) return;
      this.#partsLeft = 0;
      this.#onStalled();
    });
  }
}
