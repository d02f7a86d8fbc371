/**
 * The application's record of one utterance: the audio that it wrote, and the frames that it got. Computes by
 * itself which keyframes belong to that audio; the checks decide which of them may be missing.
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
  /** Empty until the session has said it. */
  reqId = '';
  ends = false;
  /** The last frame may have been that of a segment, which came when our own end was on its way. */
  endCrossed = false;
  /** An interrupt of it has been resolved. */
  interrupted = false;
  /** Whether the application awaits its `finished`; `sendAudio` has none. */
  isFollowed = false;
  result: UtteranceResult | undefined;
  failed = false;
  readonly frames: Frame[] = [];
  /** What a loop over the utterance's frames was given. */
  readonly read: Frame[] = [];
  /** Those of them that have been compared with the frames of the handler. */
  readCompared = 0;
  /** How many of them there were when the application called an interrupt: there must be no more. */
  readAtInterrupt: number | undefined;
  /** Whether a loop reads its frames. */
  isLooped = false;
  /** The loop has come to its end by itself. */
  readToTheEnd = false;
  /** Its frames come as the service sends them. */
  isParallel = false;
  /** The utterance that it was to come after, where that was not over yet. */
  after: SpeechBook | undefined;
  keyframesGiven = 0;
  /** The source that the session reads by itself, where there is one. */
  source: 'none' | 'open' | 'ended' | 'left' = 'none';
  /** Handed over, refused or not. */
  saidBytes = 0;
  /** How long all of it takes to be heard, milliseconds. */
  audioMs = 0;
  readonly #chunks: Chunk[] = [];
  readonly #animator: Animator;
  readonly #isOpus: boolean;
  /** Whether bytes on the wire are not those of the application. */
  readonly isEncoded: boolean;
  readonly #sampleRate: number;
  readonly #keyframes: Keyframe[] = [];
  #animated = 0;
  /** A single byte of a sample is never sent. */
  #carried: number | undefined;

  constructor(name: string, recovery: Recovery, { audioFormat, sampleRate }: SpeechFormat) {
    this.name = name;
    this.recovery = recovery;
    this.#isOpus = audioFormat === 'opus';
    this.isEncoded = audioFormat === 'encoded';
    this.#sampleRate = sampleRate;
    this.#animator = this.#isOpus ? new OggOpusAnimator() : new PcmAnimator(sampleRate);
  }

  /** Whether a part of the audio makes sense without what came before it. */
  get isCuttable(): boolean {
    return !this.#isOpus;
  }

  /** One of `sendAudio` has no promise of its end. */
  get isOver(): boolean {
    if (this.isFollowed) return this.result !== undefined || this.failed;
    return (
      this.interrupted || this.frames.at(-1)?.end === true || this.#chunks.some(({ refused }) => refused)
    );
  }

  /** The application calls an interrupt, of whatever is left of it. */
  silence(): void {
    this.readAtInterrupt ??= this.read.length;
  }

  /** Audio is handed over; returns what takes it back when it is refused. */
  say(bytes: Uint8Array): () => void {
    const chunk: Chunk = { bytes: bytes.slice(), refused: false };
    this.#chunks.push(chunk);
    this.saidBytes += bytes.length;
    return () => (chunk.refused = true);
  }

  /** The nth keyframe of the audio, from 0; undefined when there is not so much audio. */
  keyframe(index: number): Keyframe | undefined {
    while (this.#keyframes.length <= index && this.#animateNext()) {
      // Goes on until there are enough, or no more audio.
    }
    if (index >= this.#keyframes.length && this.ends) this.#keyframes.push(...this.#animator.finish());
    return this.#keyframes[index];
  }

  /** Bytes that were not refused, without an odd one at the end. Only after the end. */
  get acceptedBytes(): number {
    const bytes = this.#chunks.reduce((sum, chunk) => sum + (chunk.refused ? 0 : chunk.bytes.length), 0);
    return this.#isOpus ? bytes : bytes - (bytes % 2);
  }

  /** How long that is as PCM, milliseconds. */
  get acceptedMs(): number {
    return (this.acceptedBytes / 2 / this.#sampleRate) * 1_000;
  }

  /** All keyframes of the audio. Only after its end. */
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
