/**
 * The speech of one session for the page, while it is watched: keyframes as short lists of numbers, and the audio levels. Two minutes are
 * kept, so that a page which is opened later sees the earlier speech. Exists only while the session is watched.
 */
import { AVATAR_CODEC } from '../adapters/codec/avatar-codec.js';
import type { SpeechTap } from '../client/events/speech-tap.js';
import type { TypedKeyframe } from '../ports/message.js';
import { KEYFRAME_MS, SENT_LISTS } from './protocol.js';
import type { SpeechPart } from './protocol.js';

/** The most kept keyframes, and the most kept levels. */
const MAX_KEPT = (2 * 60 * 1_000) / KEYFRAME_MS;
const FULL_SCALE = 32_768;

export class SpeechRecording implements SpeechTap {
  readonly #sampleRateHz: number;
  readonly #meters = new Map<string, LevelMeter>();
  /** Parts in the order of their arrival; the number of the first kept one is `#first`. */
  readonly #parts: SpeechPart[] = [];
  #first = 0;
  #kept = 0;

  /** @param sampleRateHz the rate of PCM; 0 if the audio can't be measured */
  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  audio(reqId: string, bytes: Uint8Array): void {
    if (this.#sampleRateHz === 0 || bytes.length === 0) return;
    let meter = this.#meters.get(reqId);
    if (meter === undefined) {
      meter = new LevelMeter(this.#sampleRateHz);
      this.#meters.set(reqId, meter);
      for (const oldest of this.#meters.keys()) {
        if (this.#meters.size <= 16) break;
        this.#meters.delete(oldest);
      }
    }
    const from = meter.measured;
    const levels = meter.push(bytes);
    if (levels.length > 0) this.#add({ reqId, atMs: Date.now(), from, levels }, levels.length);
  }

  frame(reqId: string, index: number, envelope: Uint8Array, resumed: boolean, end: boolean): void {
    const keyframes = AVATAR_CODEC.typedKeyframes(envelope).map(shortened);
    const what = { ...(resumed ? { resumed } : {}), ...(end ? { end } : {}) };
    this.#add({ reqId, atMs: Date.now(), from: index, keyframes, ...what }, keyframes.length);
  }

  /** The parts after the first `seen` of all, and the number of all parts so far. */
  partsAfter(seen: number): { readonly parts: readonly SpeechPart[]; readonly seen: number } {
    return {
      parts: this.#parts.slice(Math.max(seen - this.#first, 0)),
      seen: this.#first + this.#parts.length,
    };
  }

  #add(part: SpeechPart, size: number): void {
    this.#parts.push(part);
    this.#kept += size;
    while (this.#kept > 2 * MAX_KEPT && this.#parts.length > 1) {
      const oldest = this.#parts.shift();
      this.#first += 1;
      this.#kept -= (oldest?.keyframes ?? oldest?.levels)?.length ?? 0;
    }
  }
}

/** The peak of each 40 ms of mono s16le, whatever the size of the pieces. */
export class LevelMeter {
  readonly #samples: number;
  #fill = 0;
  #peak = 0;
  #lowByte: number | undefined;
  /** The number of levels so far. */
  measured = 0;

  constructor(sampleRateHz: number) {
    this.#samples = Math.round((sampleRateHz * KEYFRAME_MS) / 1_000);
  }

  push(bytes: Uint8Array): number[] {
    const levels: number[] = [];
    for (const byte of bytes) {
      if (this.#lowByte === undefined) {
        this.#lowByte = byte;
        continue;
      }
      const sample = ((byte << 24) >> 16) | this.#lowByte;
      this.#lowByte = undefined;
      this.#peak = Math.max(this.#peak, Math.abs(sample));
      this.#fill += 1;
      if (this.#fill < this.#samples) continue;
      levels.push(rounded(this.#peak / FULL_SCALE));
      this.#fill = 0;
      this.#peak = 0;
    }
    this.measured += levels.length;
    return levels;
  }
}

function shortened(keyframe: TypedKeyframe): number[] {
  return SENT_LISTS.flatMap(([name, length]) =>
    Array.from({ length }, (_, at) => rounded(keyframe[name][at] ?? 0)),
  );
}

/** JSON has no NaN, and the page draws no more digits than this. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1_000) / 1_000 : 0;
}
