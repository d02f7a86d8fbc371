/**
 * Counts what became of an utterance's keyframes: right, lost, repeated, wrong. Two accounts of the same shape: one that
 * knows the truth, and one that knows nothing but indices and the length of the audio. Plays no part in the session.
 */
import { isDeepStrictEqual } from 'node:util';
import { KEYFRAMES_PER_SECOND } from '../core/utterance/recovery.js';
import type { Keyframe } from '../index.js';

/** A service that is not ours may round and trim as it likes; more than a second that is missing is a loss. */
const TOLERATED_SHORTFALL_KEYFRAMES = KEYFRAMES_PER_SECOND;

export interface KeyframeTally {
  /** Different keyframes that came and were right. */
  readonly received: number;
  readonly expected: number;
  readonly lost: number;
  /** Right ones that came again. */
  readonly duplicated: number;
  /** Such as should never have come: unlike any keyframe of this audio, out of order, or under a wrong index. */
  readonly wrong: number;
}

export interface KeyframeAccount {
  /** Keyframes of one frame, the first of them under the number `index`. */
  receive(index: number, keyframes: readonly Keyframe[]): void;
  /** `complete`: the utterance was finished, nothing more will come. */
  tally(complete: boolean): KeyframeTally;
}

/** Holds every keyframe against the truth: the embedded service computes each of them from the audio. */
export function createTruthAccount(truth: readonly Keyframe[]): KeyframeAccount {
  const seen = new Set<number>();
  let next = 0;
  let duplicated = 0;
  let wrong = 0;

  const place = (keyframe: Keyframe): number =>
    // Nearly always the next one; the search is for trouble only.
    isDeepStrictEqual(keyframe, truth[next])
      ? next
      : truth.findIndex((candidate) => isDeepStrictEqual(keyframe, candidate));

  return {
    receive(index, keyframes) {
      for (const [offset, keyframe] of keyframes.entries()) {
        const found = place(keyframe);
        if (found < 0) wrong += 1;
        else if (seen.has(found)) duplicated += 1;
        else {
          seen.add(found);
          if (found < next || found !== index + offset) wrong += 1;
          next = Math.max(next, found + 1);
        }
      }
    },
    tally: () => ({
      received: seen.size,
      expected: truth.length,
      lost: truth.length - seen.size,
      duplicated,
      wrong,
    }),
  };
}

/** Against a service whose keyframes can't be foretold: gaps and repetitions of the index, and the audio's length. */
export function createIndexAccount(durationMs: number): KeyframeAccount {
  const expected = Math.ceil((durationMs * KEYFRAMES_PER_SECOND) / 1_000);
  const seen = new Set<number>();
  let next = 0;
  let duplicated = 0;
  let wrong = 0;
  return {
    receive(index, keyframes) {
      for (const at of keyframes.keys()) {
        const number = index + at;
        if (seen.has(number)) duplicated += 1;
        else if (number < next) wrong += 1;
        seen.add(number);
        next = Math.max(next, number + 1);
      }
    },
    tally(complete) {
      const gaps = next - seen.size;
      const missing = Math.max(0, expected - next);
      const tolerated = complete && missing <= TOLERATED_SHORTFALL_KEYFRAMES && seen.size > 0;
      return { received: seen.size, expected, lost: gaps + (tolerated ? 0 : missing), duplicated, wrong };
    },
  };
}
