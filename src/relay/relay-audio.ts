/**
 * Audio from its source to the browser and to the session: each piece is added to the lane of the browser first, then sent to the
 * service. The source is not read further while the browser is behind. Reads the source as `session.speak` does.
 */
import { inSessionFormat } from '../client/session-calls.js';
import type { SpeakOptions } from '../client/session-interfaces.js';
import { isAbort, StallWatch, writeSource } from '../client/speech/audio-source.js';
import type { AudioSink } from '../client/speech/audio-source.js';
import type { FormattedSource, SpeakSource } from '../client/speech/audio-chunk.js';
import { toBytes } from '../client/speech/audio-chunk.js';
import type { UtteranceHandle } from '../client/speech/utterance-interfaces.js';
import { asError } from '../client/waiting/deferred.js';
import type { Clock } from '../ports/clock.js';
import type { Lane } from './lane.js';
import type { RelayAudioFormat } from './messages.js';

/** A second of audio at 16 kHz: enough for a page to begin to play, and small enough to bound memory. */
const PIECE_BYTES = 32 * 1024;
const SAMPLE_BYTES = Int16Array.BYTES_PER_ELEMENT;
const NOTHING = new Uint8Array(0);

export interface RelayAudioPlan {
  readonly utterance: UtteranceHandle;
  readonly lane: Lane;
  readonly source: SpeakSource<FormattedSource>;
  /** The format of the source, if it is to be converted. */
  readonly sourceFormat: SpeakOptions['format'];
  /** The format of the session and the browser. */
  readonly audio: RelayAudioFormat;
  readonly sourceTimeoutMs: number;
  readonly clock: Clock;
}

/** Returns at once; the result is in `finished` of the utterance. */
export function relayAudio(plan: RelayAudioPlan): void {
  const { utterance, source, sourceFormat, audio } = plan;
  const feed = new AudioFeed(plan);
  const failed = (thrown: unknown): void => {
    if (feed.isOver) return;
    if (isAbort(thrown)) void utterance.interrupt();
    else void utterance.writable.destroy(asError(thrown));
  };
  // A source that needs a conversion but has no format was refused before.
  const converted = inSessionFormat(source as SpeakSource, sourceFormat, audio.sampleRateHz);
  makeSource(feed, converted).catch(failed);
}

async function makeSource(feed: AudioFeed, source: SpeakSource): Promise<void> {
  if (typeof source !== 'function') {
    await writeSource(feed, source);
    return;
  }
  const controller = new AbortController();
  void feed.over.then(() => controller.abort());
  feed.stalls.waiting();
  await writeSource(feed, await source(controller.signal));
}

class AudioFeed implements AudioSink {
  isOver = false;
  readonly over: Promise<void>;
  readonly stalls: StallWatch;
  readonly #plan: RelayAudioPlan;
  /** The first half of a sample that was split between two chunks. */
  #carried = NOTHING;

  constructor(plan: RelayAudioPlan) {
    this.#plan = plan;
    const { utterance, clock, sourceTimeoutMs } = plan;
    const ended = (): void => void (this.isOver = true);
    this.over = utterance.finished.then(ended, ended);
    this.stalls = new StallWatch(clock, sourceTimeoutMs, () => {
      utterance.writable.destroy(new Error(`the source gave no audio for ${sourceTimeoutMs} ms`));
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { utterance, lane } = this.#plan;
    const bytes = this.#wholeSamples(toBytes(chunk));
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      await lane.room();
      const piece = bytes.slice(from, from + PIECE_BYTES);
      lane.audio(piece);
      await utterance.write(piece);
    }
  }

  async end(chunk: Uint8Array = NOTHING): Promise<void> {
    await this.write(chunk);
    const { utterance, lane, audio } = this.#plan;
    const rest = this.#carried;
    if (rest.length === 0 || audio.encoding === 'pcm_s16le') return utterance.end();
    lane.audio(rest);
    return utterance.end(rest);
  }

  #wholeSamples(chunk: Uint8Array): Uint8Array {
    const whole = this.#carried.length === 0 ? chunk : joined(this.#carried, chunk);
    const sizeBytes = whole.length - (whole.length % SAMPLE_BYTES);
    this.#carried = whole.slice(sizeBytes);
    return whole.subarray(0, sizeBytes);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
