/**
 * A whole source as one utterance: any iterable, or a Node stream, at the pace at which the socket takes it. The utterance fails when the
 * source does, and when it gives nothing for too long. Independent of connections.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { openSource } from '../../ports/source-reader.js';
import type { SourceReader } from '../../ports/source-reader.js';
import { isThenable } from '../../core/option/plain-object.js';
import { onAbort } from '../waiting/deadline.js';
import { markHandled } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk, AudioSource, SpeakSource } from './audio-chunk.js';

/** The utterance that a source is written into. */
export interface AudioSink {
  write(chunk: AudioChunk): Promise<void>;
  end(chunk?: AudioChunk): Promise<void>;
  /** Whether the utterance is over already, so that the source is not read. */
  readonly isOver: boolean;
  /** Resolves when the utterance is over, for any reason. */
  readonly over: Promise<void>;
  /** Ends the utterance when the source stalls. */
  readonly stalls: StallWatch;
}

const OVER: IteratorResult<never, undefined> = { done: true, value: undefined };

/**
 * Writes the source at the pace of the socket, then ends the utterance. If the utterance is over first, the source is closed at once,
 * even while a read is pending. Resolves with the error of a refused write, if there was one. Rejects only with an error of the source
 * itself, or a TypeError for a chunk that is no audio.
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
        // Some services send empty chunks as keep-alive. They are no audio: a source that gives nothing else counts as stalled.
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

/** The members of the session that are used to speak a source. */
export interface SourceHost {
  readonly speech: {
    readonly endings: {
      watchSource(active: ActiveUtterance): StallWatch;
      sourceError(active: ActiveUtterance, thrown: unknown): AvatarSDKError;
      failBySource(active: ActiveUtterance, error: AvatarSDKError): void;
    };
    interrupt(active: ActiveUtterance): void;
  };
}

/** Returns at once; the result is in `finished` of the utterance. */
export function speakSource(
  host: SourceHost,
  active: ActiveUtterance,
  utterance: Pick<AudioSink, 'write' | 'end'>,
  source: SpeakSource,
): void {
  const into: AudioSink = {
    write: (chunk) => utterance.write(chunk),
    end: (chunk) => utterance.end(chunk),
    over: active.over,
    get isOver() {
      return active.stage.kind !== 'speaking';
    },
    stalls: host.speech.endings.watchSource(active),
  };
  const writing = writeMade(into, active, source).catch((thrown: unknown) => {
    if (isAbort(thrown)) {
      // An abort by the application is no failure.
      if (active.stage.kind === 'speaking') host.speech.interrupt(active);
      return undefined;
    }
    return host.speech.endings.sourceError(active, thrown);
  });
  void writing.then((error) => {
    if (error instanceof AvatarSDKError) host.speech.endings.failBySource(active, error);
  });
}

/** The signal of the application interrupts the utterance until that is over. */
export function interruptBy(signal: AbortSignal, active: ActiveUtterance, interrupt: () => void): void {
  if (signal.aborted) interrupt();
  else void active.over.then(onAbort(signal, interrupt));
}

/**
 * Writes the source that a function makes. While the function is still running, only the signal tells it that the source is no longer
 * needed.
 */
function writeMade(into: AudioSink, active: ActiveUtterance, source: SpeakSource): Promise<unknown> {
  if (typeof source !== 'function') return writeSource(into, source);
  if (into.isOver) return Promise.resolve();
  const controller = new AbortController();
  active.onCut = () => controller.abort();
  into.stalls.waiting();
  const write = (made: AudioSource): Promise<unknown> => {
    into.stalls.gave();
    return writeSource(into, made);
  };
  const made = makeSource(source, controller.signal);
  const written = made instanceof Promise ? made.then(write) : write(made);
  // If the audio is bytes, no read ends the watch, so it is ended here.
  return written.finally(() => into.stalls.stop());
}

/** Rejects with the errors of the function. */
function makeSource(
  source: Extract<SpeakSource, (...args: never[]) => unknown>,
  signal: AbortSignal,
): AudioSource | Promise<AudioSource> {
  try {
    const made = source(signal);
    return isThenable(made) ? Promise.resolve(made) : made;
  } catch (error) {
    // Passed on unchanged: an error of another realm is no Error here, and its name shows whether it is an abort.
    return markHandled(Promise.reject(error as Error));
  }
}

/** Whether a thrown value is an abort error, as `signal.throwIfAborted()` and Node's functions throw it. */
export function isAbort(thrown: unknown): boolean {
  try {
    return typeof thrown === 'object' && thrown !== null && 'name' in thrown && thrown.name === 'AbortError';
  } catch {
    return false;
  }
}

/** Reads one source until it ends, or until the utterance is over. */
class Reading {
  /** Whether the source was closed before its end. */
  left = false;
  readonly #reader: SourceReader<AudioChunk>;
  readonly #stalls: StallWatch;
  #ended = false;
  /** Whether a read of the source is pending. */
  #isAwaited = false;
  /** Answers the pending `next`. */
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
      // The source has failed by itself, so it need not be closed.
      this.#end();
      throw error;
    }
  }

  /** The source gave audio. */
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

/** The time is checked in parts, so a stall is noticed at most one part late. */
const PARTS = 4;

/**
 * Notices that an audio source gives nothing for too long. The time is counted in elapsed parts, so that a stall of the event loop costs
 * only one part, and no clock is read for each chunk. Independent of the source and the utterance.
 */
export class StallWatch {
  readonly #clock: Clock;
  readonly #partMs: number;
  readonly #onStalled: () => void;
  #timer: Timer | undefined;
  #turn: { readonly timer: Timer; readonly resolve: () => void } | undefined;
  /** Parts until the source counts as stalled; 0 while no read is pending. */
  #partsLeft = 0;
  #stopped = false;

  /** @param onStalled called at most once */
  constructor(clock: Clock, timeoutMs: number, onStalled: () => void) {
    this.#clock = clock;
    this.#partMs = timeoutMs / PARTS;
    this.#onStalled = onStalled;
  }

  /** A read of the source begins. */
  waiting(): void {
    if (this.#stopped) return;
    // The rest of a part that has begun already is unknown, so it is not counted.
    this.#partsLeft = this.#timer === undefined ? PARTS : PARTS + 1;
    this.#timer ??= this.#schedule();
  }

  /** The read has given audio. */
  gave(): void {
    this.#partsLeft = 0;
  }

  /**
   * Resolves a millisecond later, or when the source is no longer read: a source that gives empty chunks without a pause would block the
   * event loop. Call it one at a time.
   */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) resolve();
      else this.#turn = { resolve, timer: this.#clock.schedule(1, () => this.#endTurn()) };
    });
  }

  /** The source is no longer read. Later calls have no effect. */
  stop(): void {
    this.#stopped = true;
    this.#partsLeft = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#endTurn();
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.timer.cancel();
    turn?.resolve();
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
    // A late timer runs before the sockets are read: data for the source may have arrived.
    this.#clock.afterPendingInput(() => {
      if (this.#partsLeft !== 1 || this.#timer !== undefined) return;
      this.#partsLeft = 0;
      this.#onStalled();
    });
  }
}
