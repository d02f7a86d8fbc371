/**
 * Plays the keyframes of one session's speech, 25 per second: live, as a client with a buffer of a third of a
 * second, or again from any position. Counts the stalls in which a client would have had nothing to show.
 * Draws nothing.
 */
import type { FacePose } from '../face.js';
import { blendPoses } from '../face.js';
import { KEYFRAME_MS, SENT_LISTS } from '../protocol.js';
import type { SpeechPart } from '../protocol.js';

/** The buffer that a client fills before it begins, milliseconds. */
const CUSHION_MS = 300;
/** A shorter stall is not visible. */
const LEAST_STALL_MS = 2 * KEYFRAME_MS;
const MAX_UTTERANCES = 20;
/** Parts that are older than this when they arrive are not live speech. */
const LIVE_WITHIN_MS = 1_500;

export interface Stall {
  readonly atMs: number;
  readonly durationMs: number;
}

/** The speech of one utterance, by the numbers of its keyframes. */
export interface Speech {
  readonly reqId: string;
  readonly keyframes: (readonly number[])[];
  readonly levels: number[];
  /** The first keyframe after each recovery. */
  readonly recoveries: number[];
  readonly stalls: Stall[];
  isComplete: boolean;
  latestMs: number;
}

export class SpeechPlayer {
  readonly #speeches = new Map<string, Speech>();
  speech: Speech | undefined;
  positionMs = 0;
  isPlaying = false;
  /** Whether it follows the arriving parts. */
  #isLive = true;
  #hasBegun = false;
  #stalledMs = 0;

  get speeches(): readonly Speech[] {
    return [...this.#speeches.values()];
  }

  /** The duration of the received keyframes, milliseconds. */
  get availableMs(): number {
    return (this.speech?.keyframes.length ?? 0) * KEYFRAME_MS;
  }

  get isStalled(): boolean {
    return this.#stalledMs >= LEAST_STALL_MS;
  }

  /** The received part that is not played yet, milliseconds. */
  get aheadMs(): number {
    return Math.max(this.availableMs - this.positionMs, 0);
  }

  take(parts: readonly SpeechPart[]): void {
    const isFirst = this.speech === undefined;
    for (const part of parts) this.#takePart(part);
    // Speech from before this page was opened is skipped.
    if (isFirst && this.isPlaying) this.positionMs = Math.max(this.availableMs - CUSHION_MS, 0);
  }

  clear(): void {
    this.#speeches.clear();
    this.speech = undefined;
    this.positionMs = 0;
    this.isPlaying = false;
    this.#isLive = true;
    this.#hasBegun = false;
    this.#stalledMs = 0;
  }

  /** Shows another utterance, from its beginning. */
  choose(reqId: string): void {
    const speech = this.#speeches.get(reqId);
    if (speech !== undefined) this.#show(speech, false);
  }

  toggle(): void {
    if (this.isPlaying) {
      this.isPlaying = false;
      return;
    }
    if (this.positionMs >= this.availableMs - 1) this.positionMs = 0;
    this.isPlaying = this.speech !== undefined;
    this.#hasBegun = true;
  }

  seek(ms: number): void {
    this.positionMs = Math.min(Math.max(ms, 0), this.availableMs);
    this.#isLive = false;
    this.#stalledMs = 0;
  }

  /** Advances the playback by the elapsed time. */
  advance(ms: number): void {
    const { speech, availableMs } = this;
    if (speech === undefined || !this.isPlaying) return;
    if (!this.#hasBegun) {
      if (this.aheadMs < CUSHION_MS && !speech.isComplete) {
        if (this.positionMs > 0) this.#stalledMs += ms;
        return;
      }
      this.#hasBegun = true;
    }
    const wantedMs = this.positionMs + ms;
    if (wantedMs < availableMs) {
      this.#endStall();
      this.positionMs = wantedMs;
      return;
    }
    this.positionMs = availableMs;
    if (speech.isComplete) {
      this.#endStall();
      this.isPlaying = false;
    } else {
      this.#stalledMs += wantedMs - availableMs;
      this.#hasBegun = false;
    }
  }

  /** The pose at this moment; undefined before there is one. */
  pose(): FacePose | undefined {
    const keyframes = this.speech?.keyframes;
    if (keyframes === undefined || keyframes.length === 0) return undefined;
    const at = Math.min(this.positionMs / KEYFRAME_MS, keyframes.length - 1);
    const before = keyframes[Math.floor(at)];
    const after = keyframes[Math.ceil(at)] ?? before;
    if (before === undefined || after === undefined) return undefined;
    return blendPoses(poseOf(before), poseOf(after), at - Math.floor(at));
  }

  expression(): readonly number[] {
    const keyframe = this.speech?.keyframes[Math.floor(this.positionMs / KEYFRAME_MS)];
    return keyframe?.slice(EXPRESSION_FROM) ?? [];
  }

  #takePart({ reqId, from, keyframes, levels, resumed, end, atMs }: SpeechPart): void {
    let speech = this.#speeches.get(reqId);
    if (speech === undefined) {
      speech = { ...EMPTY, reqId, keyframes: [], levels: [], recoveries: [], stalls: [], latestMs: atMs };
      this.#speeches.set(reqId, speech);
      const [oldest = ''] = this.#speeches.keys();
      if (this.#speeches.size > MAX_UTTERANCES) this.#speeches.delete(oldest);
    }
    speech.latestMs = atMs;
    if (levels !== undefined) put(speech.levels, from, levels, 0);
    if (keyframes !== undefined) {
      if (resumed === true) speech.recoveries.push(from);
      put(speech.keyframes, from, keyframes, NOTHING);
      // The next speech is shown when no other is shown, or when that is over.
      const isOther = this.speech !== speech;
      if (isOther && (this.speech === undefined || (this.#isLive && !this.isPlaying)))
        this.#show(speech, true);
    }
    if (end === true) speech.isComplete = true;
    if (speech === this.speech && end === true && Date.now() - atMs > LIVE_WITHIN_MS) {
      // It was over when this page was opened: shown as a whole, ready to be played again.
      this.isPlaying = false;
      this.positionMs = 0;
    }
  }

  #show(speech: Speech, isLive: boolean): void {
    this.speech = speech;
    this.positionMs = isLive ? Math.max(this.availableMs - CUSHION_MS, 0) : 0;
    this.isPlaying = isLive;
    this.#isLive = isLive || this.#isLive;
    this.#hasBegun = !isLive;
    this.#stalledMs = 0;
  }

  #endStall(): void {
    const durationMs = this.#stalledMs;
    this.#stalledMs = 0;
    if (durationMs >= LEAST_STALL_MS) this.speech?.stalls.push({ atMs: this.positionMs, durationMs });
  }
}

const EMPTY = { isComplete: false };
const NOTHING: readonly number[] = [];
const EXPRESSION_FROM = SENT_LISTS.slice(0, -1).reduce((sum, [, length]) => sum + length, 0);

function put<Item>(into: Item[], from: number, items: readonly Item[], filler: Item): void {
  while (into.length < from) into.push(filler);
  for (const [at, item] of items.entries()) into[from + at] = item;
}

function poseOf(numbers: readonly number[]): FacePose {
  let at = 0;
  const lists = SENT_LISTS.map(([name, length]) => [name, numbers.slice(at, (at += length))] as const);
  return Object.fromEntries(lists);
}
