/**
 * Sends the speech of a schedule in chunks, in one piece, or from a source, and reads the frames if the
 * schedule says so.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createSeededRandom } from '../../../src/index.js';
import type { AvatarSession, SpeakOptions, Utterance } from '../../../src/index.js';
import { KEYFRAME_MS } from '../../../src/emulator/animation/animator.js';
import type { Climate } from '../network/weather.js';
import type { Chronicle } from '../world/chronicle.js';
import type { Draws } from '../world/draws.js';
import type { SessionTraits, SpeechPlan } from '../world/schedule.js';
import type { WorldTime } from '../world/world-time.js';
import { createAudioSource } from './audio-source.js';
import type { AudioSource } from './audio-source.js';
import { opusSpeech } from './opus-speech.js';
import type { OpenPromise, Promises } from './promises.js';
import { SpeechBook } from './speech-book.js';

export interface SpeakerOptions {
  readonly number: number;
  readonly session: AvatarSession;
  readonly traits: SessionTraits;
  /** The longest outage that the policy allows. */
  readonly maxElapsedMs: number;
  readonly books: SpeechBook[];
  readonly promises: Promises;
  readonly chronicle: Chronicle;
  readonly time: WorldTime;
  readonly draws: Draws;
  readonly climate: Climate;
  readonly tamperSource: (source: AudioSource) => AudioSource;
}

/**
 * The service ends a pause that is longer than this, in milliseconds. If the service of a room reports no
 * playback state, the session gets no report of that end.
 */
const LONGEST_SERVICE_PAUSE_MS = 30_000;
/** In that case a pause can last for this many times `silenceTimeoutMs`, the limit of the session. */
const LONGEST_PAUSE_FACTOR = 4;
const DEFAULT_TTL_MS = 300_000;

export class Speaker {
  readonly #options: SpeakerOptions;
  #newest: { readonly utterance: Utterance; readonly book: SpeechBook } | undefined;

  constructor(options: SpeakerOptions) {
    this.#options = options;
  }

  speak(plan: SpeechPlan): void {
    const { books, traits, draws, number } = this.#options;
    const asked = plan.by === 'sendAudio' ? undefined : plan.recovery;
    const recovery = asked ?? traits.recovery ?? (traits.audioFormat === 'opus' ? 'replay' : 'tail');
    const book = new SpeechBook(`s${number}.u${books.length + 1}`, recovery, traits);
    books.push(book);
    const noise = createSeededRandom(draws.whole(0, 1e9));
    const chunks = this.#audioOf(plan, () => noise.next());
    book.audioMs = durationMsOf(plan, traits.sampleRate);
    switch (plan.by) {
      case 'sendAudio':
        this.#sendAudio(book, chunks);
        return;
      case 'source':
      case 'readable':
      case 'webStream':
      case 'stream':
        this.#speakSource(plan, book, chunks);
        return;
      case 'speak':
        this.#speakByHand(plan, book, chunks);
    }
  }

  interruptNewest(): void {
    const { promises, number } = this.#options;
    const newest = this.#newest;
    if (newest === undefined) return;
    const { utterance, book } = newest;
    const wasOver = book.result !== undefined || book.failed;
    book.silence();
    promises.track(number, `interrupt ${book.name}`, 0, () => utterance.interrupt(), {
      resolved: () => (book.interrupted ||= !wasOver),
    });
  }

  /**
   * Sends all chunks in one turn, because two requests of `sendAudio` would otherwise be mixed. Sends them in
   * one piece if chunks may be refused one by one: if the end of a request is refused, the request continues
   * with the audio of the next one.
   */
  #sendAudio(book: SpeechBook, pieces: readonly Uint8Array[]): void {
    const { session, promises, number, traits } = this.#options;
    const chunks = traits.replay.onLimit === 'fail' ? [Buffer.concat(pieces)] : pieces;
    book.ends = true;
    const plannedBytes = bytesOf(pieces);
    for (const [index, chunk] of chunks.entries()) {
      const isLast = index === chunks.length - 1;
      const takeBack = book.say(chunk);
      const what = `sendAudio ${chunk.length} bytes of ${book.name}${isLast ? ', the last' : ''}`;
      promises.track(number, what, this.#writeBoundMs(plannedBytes), () => session.sendAudio(chunk, isLast), {
        resolved: (reqId) => {
          if (book.reqId === '') book.reqId = reqId;
        },
        rejected: takeBack,
      });
    }
  }

  #speakSource(plan: SpeechPlan, book: SpeechBook, chunks: readonly Uint8Array[]): void {
    const { session, time, traits, number, chronicle, tamperSource } = this.#options;
    const { gapMs, stallsAfter } = plan;
    const said = chunks.slice(0, stallsAfter);
    book.ends = said.length === chunks.length;
    for (const chunk of said) book.say(chunk);
    const streams = plan.by === 'stream';
    const record = (what: 'stalls' | 'left'): void =>
      chronicle.add({ kind: 'source', session: number, of: book.name, what });
    const source = createAudioSource(plan.by, {
      chunks,
      gapMs,
      stallsAfter: said.length < chunks.length ? stallsAfter : undefined,
      time,
      ended: () => (book.source = 'ended'),
      stalls: () => record('stalls'),
      left: () => {
        book.source = 'left';
        record('left');
      },
    });
    // A pipeline ends its source by itself when the utterance has ended.
    if (!streams) book.source = 'open';
    const utterance = session.speak(
      streams ? undefined : tamperSource(source),
      this.#speakOptions(plan, book),
    );
    // The outcome of the stream is the outcome of the utterance, and `finished` reports it.
    if (streams) {
      pipeline(Readable.from(source as AsyncIterable<Uint8Array>), utterance.writable).catch(() => undefined);
    }
    const finished = this.#begun(plan, book, utterance);
    finished.dueMs = time.nowMs + chunks.length * (gapMs + traits.silenceTimeoutMs) + this.#answerBoundMs();
  }

  #speakByHand(plan: SpeechPlan, book: SpeechBook, chunks: readonly Uint8Array[]): void {
    const { session, promises, number, time } = this.#options;
    const utterance = session.speak(undefined, this.#speakOptions(plan, book));
    const finished = this.#begun(plan, book, utterance);
    const plannedBytes = bytesOf(chunks);
    const write = (chunk: Uint8Array): void => {
      const rejected = book.say(chunk);
      const what = `write ${chunk.length} bytes of ${book.name}`;
      promises.track(number, what, this.#writeBoundMs(plannedBytes), () => utterance.write(chunk), {
        rejected,
      });
    };
    const end = (): void => {
      book.ends = true;
      finished.dueMs = Math.min(finished.dueMs, time.nowMs + this.#answerBoundMs());
      promises.track(number, `end ${book.name}`, this.#writeBoundMs(plannedBytes), () => utterance.end());
    };
    for (const [index, chunk] of chunks.entries()) {
      if (plan.gapMs === 0) write(chunk);
      else time.plan('timer', index * plan.gapMs, () => write(chunk));
    }
    if (!plan.ends) return;
    if (plan.gapMs === 0) end();
    else time.plan('timer', chunks.length * plan.gapMs, end);
  }

  #begun(plan: SpeechPlan, book: SpeechBook, utterance: Utterance): OpenPromise {
    const { promises, number } = this.#options;
    book.reqId = utterance.reqId;
    book.isFollowed = true;
    this.#newest = { utterance, book };
    const what = `${book.name} (${plan.by}) to be finished`;
    const finished = promises.track(number, what, Infinity, () => utterance.finished, {
      resolved: (result) => (book.result = result),
      rejected: () => (book.failed = true),
    });
    book.isLooped = plan.reader !== 'none';
    if (book.isLooped) void this.#read(plan, book, utterance);
    return finished;
  }

  async #read(plan: SpeechPlan, book: SpeechBook, utterance: Utterance): Promise<void> {
    const { time, draws } = this.#options;
    const sleep = (delayMs: number): Promise<void> =>
      new Promise((resolve) => void time.plan('timer', delayMs, resolve));
    try {
      for await (const frame of utterance) {
        book.read.push(frame);
        if (plan.reader === 'slow') await sleep(draws.ms(1, 120));
        if (plan.reader === 'paced') await sleep(frame.keyframes.length * KEYFRAME_MS);
        if (plan.reader === 'hanging' && draws.chance(0.2)) await new Promise(() => undefined);
        if (plan.reader === 'leaving' && draws.chance(0.2)) return;
      }
      book.readToTheEnd = true;
    } catch {
      // The utterance failed. Its `finished` rejects with the same error.
    }
  }

  #speakOptions({ recovery, overlap, afterBack }: SpeechPlan, book: SpeechBook): SpeakOptions {
    const named = afterBack === undefined ? undefined : this.#options.books.at(-1 - afterBack);
    book.isParallel = overlap === 'parallel';
    book.after = named?.isOver === true || named?.reqId === '' ? undefined : named;
    return {
      ...(recovery !== undefined && { recovery }),
      ...(overlap !== undefined && { overlap }),
      ...(named !== undefined && named.reqId !== '' && { after: named.reqId }),
    };
  }

  /**
   * The longest time until the end of an utterance after all of its audio was written: its maximum age
   * without a connection, the outage of a refused request, and for all unfinished audio its length, its
   * silence and a pause.
   */
  #answerBoundMs(): number {
    const { books, traits, maxElapsedMs } = this.#options;
    const { silenceTimeoutMs, replay } = traits;
    const unfinished = books.filter(({ result, failed }) => result === undefined && !failed);
    const audioMs = unfinished.reduce((sum, book) => sum + book.audioMs, 0);
    const pauseMs = Math.max(LONGEST_SERVICE_PAUSE_MS, LONGEST_PAUSE_FACTOR * silenceTimeoutMs);
    const each = silenceTimeoutMs + pauseMs;
    const linkMs = unfinished.reduce((sum, { saidBytes }) => sum + this.#linkMs(saidBytes), 0);
    return (replay.ttlMs ?? DEFAULT_TTL_MS) + maxElapsedMs + 4 * audioMs + linkMs + unfinished.length * each;
  }

  /**
   * The longest time of a write. It may wait for room after all earlier writes, each for as long as the
   * silence limit, and for the socket, together with the later writes of its utterance.
   */
  #writeBoundMs(plannedBytes: number): number {
    const { books, promises, traits, number } = this.#options;
    const before = [...promises.open.values()].filter(({ session }) => session === number).length;
    const unfinished = books.filter(({ result, failed }) => result === undefined && !failed);
    const linkMs = unfinished.reduce((sum, { saidBytes }) => sum + this.#linkMs(saidBytes), 0);
    return (before + 3) * traits.silenceTimeoutMs + linkMs + this.#linkMs(plannedBytes);
  }

  /**
   * The time of a slow link, or of a small window with a long latency, for audio and its frames. They may be
   * sent more than once.
   */
  #linkMs(bytes: number): number {
    const { upBytesPerMs = Infinity, downBytesPerMs = Infinity, ...climate } = this.#options.climate;
    const windowBytesPerMs = climate.windowBytes / (climate.latencyMs + climate.jitterMs);
    const upMs = bytes / Math.min(upBytesPerMs, windowBytesPerMs);
    return 4 * (upMs + bytes / Math.min(downBytesPerMs, windowBytesPerMs));
  }

  #audioOf(plan: SpeechPlan, draw: () => number): readonly Uint8Array[] {
    const { audioFormat, sampleRate } = this.#options.traits;
    if (audioFormat !== 'opus') return plan.chunkBytes.map((bytes) => noiseOf(bytes, draw));
    const stream = opusSpeech(durationMsOf(plan, sampleRate), draw);
    // In the number of pieces that the plan specifies, cut at any byte.
    const each = Math.ceil(stream.length / plan.chunkBytes.length);
    return plan.chunkBytes.map((_bytes, index) => stream.subarray(index * each, (index + 1) * each));
  }
}

function bytesOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function durationMsOf({ chunkBytes }: SpeechPlan, sampleRate: number): number {
  return chunkBytes.reduce((sum, bytes) => sum + bytes, 0) / ((2 * sampleRate) / 1_000);
}

/** Audible noise, so that every keyframe has a different loudness. */
function noiseOf(bytes: number, draw: () => number): Uint8Array {
  const audio = new Uint8Array(bytes);
  // A random draw for every byte would take more time than the rest of the schedule.
  let state = Math.floor(draw() * 2 ** 31) | 1;
  for (let index = 0; index < bytes; index++) {
    state = Math.imul(state, 0x2c1b3c6d) + 0x6d2b79f5;
    audio[index] = state >>> 24;
  }
  return audio;
}
