/** Gives audio at the speed at which it plays. Must not know the consumer. */
import { createSystemClock } from '../adapters/node/system-clock.js';
import { toBytes } from '../client/speech/audio-chunk.js';
import type { AudioChunk } from '../client/speech/audio-chunk.js';
import { requireNumber, requireOptions } from '../core/option/option-check.js';
import { SAMPLE_BYTES } from '../core/utterance/sample-aligner.js';
import type { Clock, Timer } from '../ports/clock.js';
import { BytePieces, ConvertedAudio, requireRate } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';

const PIECE_MS = 20;
const DEFAULT_AHEAD_MS = 200;
const MAX_AHEAD_MS = 600_000;
/** If a source is later than this, it has paused: the time starts afresh, and the missed time is not made up. */
const PAUSE_MS = 100;

/** Options of `pace`. */
export interface PaceOptions {
  /** Sample rate of the audio, Hz, 8000 to 48000. */
  readonly sampleRateHz: number;
  /**
   * How far ahead of the playback audio is given, milliseconds, 0 to 600 000. An interrupt drops no more than this.
   *
   * @default 200
   */
  readonly aheadMs?: number | undefined;
  /**
   * The clock.
   *
   * @default the clock of the process
   */
  readonly clock?: Clock | undefined;
}

/**
 * Gives PCM s16le at the speed at which it plays, in pieces of at most 20 ms, never more than `aheadMs` ahead. Time counts from the first
 * piece; after a pause of the source it starts afresh. `return` of the iterator, which an interrupt calls, ends it at once.
 *
 * @throws TypeError for a value that is no source and for wrong options, RangeError for a value out of bounds
 * @example
 * ```ts
 * session.speak(pace(file, { sampleRateHz: 16_000, aheadMs: 200 }));
 * ```
 */
export function pace(
  source: Source<AudioChunk>,
  options: PaceOptions,
): AsyncIterableIterator<Uint8Array, undefined> {
  const given = requireOptions('', options, ['sampleRateHz', 'aheadMs', 'clock']);
  const sampleRateHz = requireRate('sampleRateHz', given['sampleRateHz']);
  const aheadMs = requireNumber('aheadMs', given['aheadMs'] ?? DEFAULT_AHEAD_MS, {
    min: 0,
    max: MAX_AHEAD_MS,
  });
  return new ConvertedAudio(
    source,
    new PaceStage(sampleRateHz, aheadMs, options.clock ?? createSystemClock()),
  );
}

class PaceStage implements Stage {
  readonly #bytesPerMs: number;
  readonly #aheadMs: number;
  readonly #clock: Clock;
  readonly #pieces: BytePieces;
  #givenBytes = 0;
  /** When the first returned byte plays, by the clock. */
  #startedAtMs: number | undefined;
  #timer: Timer | undefined;

  constructor(sampleRateHz: number, aheadMs: number, clock: Clock) {
    this.#bytesPerMs = (sampleRateHz * SAMPLE_BYTES) / 1_000;
    this.#aheadMs = aheadMs;
    this.#clock = clock;
    // A piece must fit into `aheadMs`. If that is 0, a piece is given when the one before has been played.
    const pieceMs = aheadMs === 0 ? PIECE_MS : Math.min(PIECE_MS, aheadMs);
    const samples = Math.max(1, Math.floor((pieceMs * sampleRateHz) / 1_000));
    this.#pieces = new BytePieces(SAMPLE_BYTES, samples * SAMPLE_BYTES);
  }

  feed(chunk: unknown): void {
    this.#pieces.feed(toBytes(chunk as AudioChunk));
  }

  async take(): Promise<Uint8Array | undefined> {
    const piece = this.#pieces.take();
    if (piece === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    const givenMs = this.#givenBytes / this.#bytesPerMs;
    if (this.#startedAtMs === undefined || nowMs - this.#startedAtMs > givenMs + PAUSE_MS)
      this.#startedAtMs = nowMs - givenMs;
    this.#givenBytes += piece.length;
    const dueAtMs = this.#startedAtMs + this.#givenBytes / this.#bytesPerMs - this.#aheadMs;
    await this.#until(dueAtMs);
    return piece;
  }

  /** A timer may fire a little early; then it is set again. */
  async #until(dueAtMs: number): Promise<void> {
    for (let waitMs = dueAtMs - this.#clock.nowMs(); waitMs > 0; waitMs = dueAtMs - this.#clock.nowMs()) {
      await new Promise<void>((resolve) => (this.#timer = this.#clock.schedule(Math.ceil(waitMs), resolve)));
    }
  }

  close(): void {
    this.#timer?.cancel();
  }
}
