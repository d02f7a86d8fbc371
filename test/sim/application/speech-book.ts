/**
 * The application's record of one utterance: the audio that it wrote, and the frames that it got. Computes
 * independently which keyframes belong to that audio. The checks decide which of them may be missing.
 */
import type { Animator } from '../../../src/emulator/animation/animator.js';
import { OggOpusAnimator } from '../../../src/emulator/animation/ogg-opus-animator.js';
import { PcmAnimator } from '../../../src/emulator/animation/animator.js';
import type { Frame, Keyframe, Recovery, UtteranceResult } from '../../../src/index.js';

interface Chunk {
  readonly bytes: Uint8Array;
  refused: boolean;
}

export interface SpeechFormat {
  readonly audioFormat: 'pcm' | 'opus' | 'encoded';
  readonly sampleRate: number;
}

export class SpeechBook {
  readonly name: string;
  readonly recovery: Recovery;
  /** Empty until the session has returned it. */
  reqId = '';
  ends = false;
  /**
   * The last frame may have been the end of a segment that arrived while the client's own end was on its way.
   */
  endCrossed = false;
  /** Whether an interrupt of the utterance has resolved. */
  interrupted = false;
  /** Whether the application awaits `finished`. An utterance of `sendAudio` has none. */
  isFollowed = false;
  result: UtteranceResult | undefined;
  failed = false;
  readonly frames: Frame[] = [];
  /** The frames that a loop over the utterance got. */
  readonly read: Frame[] = [];
  /** The number of frames in `read` that have been compared with the frames of the handler. */
  readCompared = 0;
  /** The number of frames in `read` when the application called an interrupt. No more may follow. */
  readAtInterrupt: number | undefined;
  /** Whether a loop reads the frames. */
  isLooped = false;
  /** Whether the loop has ended by itself. */
  readToTheEnd = false;
  /** Whether the frames are emitted in the order in which the service sends them, and not in turn. */
  isParallel = false;
  /** The utterance that this one follows by `after`, if that one was not over yet. */
  after: SpeechBook | undefined;
  keyframesGiven = 0;
  /** The state of the source that the session reads by itself, if there is one. */
  source: 'none' | 'open' | 'ended' | 'left' = 'none';
  /** Bytes that were passed to the session, including refused ones. */
  saidBytes = 0;
  /** The playback duration of all of it, in milliseconds. */
  audioMs = 0;
  readonly #chunks: Chunk[] = [];
  readonly #animator: Animator;
  readonly #isOpus: boolean;
  /** Whether the bytes on the wire differ from those of the application, because the session encodes them. */
  readonly isEncoded: boolean;
  readonly #sampleRate: number;
  readonly #keyframes: Keyframe[] = [];
  #animated = 0;
  /**
   * The first byte of a sample whose second byte has not been written yet. A single byte of a sample is never
   * sent.
   */
  #carried: number | undefined;

  constructor(name: string, recovery: Recovery, { audioFormat, sampleRate }: SpeechFormat) {
    this.name = name;
    this.recovery = recovery;
    this.#isOpus = audioFormat === 'opus';
    this.isEncoded = audioFormat === 'encoded';
    this.#sampleRate = sampleRate;
    this.#animator = this.#isOpus ? new OggOpusAnimator() : new PcmAnimator(sampleRate);
  }

  /** Whether a part of the audio can be decoded without the audio before it. */
  get isCuttable(): boolean {
    return !this.#isOpus;
  }

  /** An utterance of `sendAudio` has no promise for its end. */
  get isOver(): boolean {
    if (this.isFollowed) return this.result !== undefined || this.failed;
    return (
      this.interrupted || this.frames.at(-1)?.end === true || this.#chunks.some(({ refused }) => refused)
    );
  }

  /** The application calls an interrupt of the utterance or of everything. */
  silence(): void {
    this.readAtInterrupt ??= this.read.length;
  }

  /** Records audio that is passed to the session. Returns a function that marks it as refused. */
  say(bytes: Uint8Array): () => void {
    const chunk: Chunk = { bytes: bytes.slice(), refused: false };
    this.#chunks.push(chunk);
    this.saidBytes += bytes.length;
    return () => (chunk.refused = true);
  }

  /** The nth keyframe of the audio, from 0. Undefined if there is not so much audio. */
  keyframe(index: number): Keyframe | undefined {
    while (this.#keyframes.length <= index && this.#animateNext()) {
      // Continues until there are enough keyframes, or no more audio.
    }
    if (index >= this.#keyframes.length && this.ends) this.#keyframes.push(...this.#animator.finish());
    return this.#keyframes[index];
  }

  /** Bytes that were not refused, without an odd byte at the end. Valid only after the end. */
  get acceptedBytes(): number {
    const bytes = this.#chunks.reduce((sum, chunk) => sum + (chunk.refused ? 0 : chunk.bytes.length), 0);
    return this.#isOpus ? bytes : bytes - (bytes % 2);
  }

  /** The duration of those bytes as PCM, in milliseconds. */
  get acceptedMs(): number {
    return (this.acceptedBytes / 2 / this.#sampleRate) * 1_000;
  }

  /** The number of all keyframes of the audio. Valid only after its end. */
  get keyframeCount(): number {
    this.keyframe(Infinity);
    return this.#keyframes.length;
  }

  #animateNext(): boolean {
    const chunk = this.#chunks[this.#animated];
    if (chunk === undefined) return false;
    this.#animated += 1;
    if (chunk.refused) return true;
    const { bytes } = chunk;
    if (this.#isOpus) {
      this.#keyframes.push(...this.#animator.push(bytes));
      return true;
    }
    const carried = this.#carried;
    const all = carried === undefined ? bytes : Uint8Array.from([carried, ...bytes]);
    this.#carried = all.length % 2 === 1 ? all.at(-1) : undefined;
    this.#keyframes.push(...this.#animator.push(all.subarray(0, all.length - (all.length % 2))));
    return true;
  }
}
