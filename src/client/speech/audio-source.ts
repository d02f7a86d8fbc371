/**
 * A whole source as one utterance: whatever can be looped over, or a Node stream, at the pace at which the socket takes it. The
 * utterance fails when the source does, and when it gives nothing for too long. Knows no connection.
 */
import { AvatarSDKError, recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { openSource } from '../../ports/source-reader.js';
import type { SourceReader } from '../../ports/source-reader.js';
import type { SessionErrors } from '../events/session-errors.js';
import { readableThrown, thrownMessage } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';
import { NotAudioError, toBytes } from './audio-chunk.js';
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

/** What saying a source needs of the session. */
export interface SourceHost {
  readonly errors: SessionErrors;
  /** Whether the session ends or has ended. */
  readonly over: boolean;
  readonly speech: {
    watchSource(active: ActiveUtterance): StallWatch;
    giveUp(active: ActiveUtterance, error: AvatarSDKError): void;
  };
}

/** Returns at once; `finished` of the utterance says how it ends. */
export function speakSource(
  host: SourceHost,
  active: ActiveUtterance,
  utterance: Pick<AudioSink, 'write' | 'end'>,
  source: AudioSource,
): void {
  const into: AudioSink = {
    write: (chunk) => utterance.write(chunk),
    end: (chunk) => utterance.end(chunk),
    over: active.over,
    isOver: active.stage.kind !== 'speaking',
    stalls: host.speech.watchSource(active),
  };
  const writing = writeSource(into, source).catch((thrown: unknown) => {
    const cause = readableThrown(thrown);
    const message = `the source of the audio failed: ${thrownMessage(cause)}`;
    const problem = cause instanceof NotAudioError ? 'sourceNoAudio' : 'sourceFailed';
    return host.errors.local('invalidRequest', message, { reqId: active.ledger.reqId, cause, problem });
  });
  void writing.then((error) => {
    if (!(error instanceof AvatarSDKError) || active.stage.kind !== 'speaking') return;
    host.speech.giveUp(active, recordVerdict(error, { willRetry: !host.over, outcome: 'failed' }));
  });
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

/** The time is noticed at most one part late. */
const PARTS = 4;

/**
 * Notices that an audio source gives nothing for too long. The time is counted in parts that passed, so that a stall of the
 * event loop costs one part, and no clock is read per chunk. Knows neither the source nor the utterance.
 */
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
