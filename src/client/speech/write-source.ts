/** Speaks a whole source of audio: bytes, or anything that can be iterated, Node and web streams included. */
import { toBytes } from './audio-chunk.js';
import type { AudioChunk, AudioSource } from './audio-chunk.js';
import { openSource } from '../../ports/source-reader.js';
import type { SourceReader } from '../../ports/source-reader.js';
import type { StallWatch } from './stall-watch.js';

/** What a source is poured into. */
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
