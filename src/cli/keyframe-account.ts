/**
 * Counts the keyframes of an utterance: received, lost, repeated, wrong. One account compares them with the expected keyframes; the other
 * uses only the indices and the length of the audio. Does not affect the session.
 */
import { isDeepStrictEqual } from 'node:util';
import { KEYFRAMES_PER_SECOND } from '../core/utterance/recovery.js';
import type { Keyframe } from '../index.js';

/** A real service may round and trim; a shortfall of more than one second is a loss. */
const TOLERATED_SHORTFALL_KEYFRAMES = KEYFRAMES_PER_SECOND;

export interface KeyframeTally {
  /** Different keyframes that were received and correct. */
  readonly received: number;
  readonly expected: number;
  readonly lost: number;
  /** Correct keyframes that were received again. */
  readonly duplicated: number;
  /** Unlike any keyframe of this audio, out of order, or with a wrong index. */
  readonly wrong: number;
}

export interface KeyframeAccount {
  /** Keyframes of one frame, the first of them under the number `index`; `resumed`: the first after a recovery. */
  receive(index: number, keyframes: readonly Keyframe[], resumed?: boolean): void;
  /** @param complete whether the utterance is finished, so that no more keyframes will come */
  tally(complete: boolean): KeyframeTally;
}

/**
 * Compares every keyframe with the expected one, which the embedded service computes from the audio of a request and numbers from 0.
 * After a recovery the request begins within the utterance: `expectedFrom` returns the expected keyframes of a request that begins with
 * the given keyframe.
 */
export function createExactAccount(
  expected: readonly Keyframe[],
  expectedFrom: (start: number) => readonly Keyframe[] = () => [],
): KeyframeAccount {
  const seen = new Set<number>();
  let start = 0;
  let inRequest = expected;
  let next = 0;
  let duplicated = 0;
  let wrong = 0;

  const place = (keyframe: Keyframe): number => {
    // Nearly always it is the next one; the search is only for faults.
    if (isDeepStrictEqual(keyframe, inRequest[next - start])) return next;
    const found = inRequest.findIndex((candidate) => isDeepStrictEqual(keyframe, candidate));
    return found < 0 ? found : start + found;
  };

  return {
    receive(index, keyframes, resumed = false) {
      if (resumed && keyframes[0] !== undefined) {
        start = Math.max(0, index - numberInRequest(keyframes[0]));
        inRequest = start === 0 ? expected : expectedFrom(start);
      }
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
      expected: expected.length,
      lost: expected.length - seen.size,
      duplicated,
      wrong,
    }),
  };
}

/**
 * For a service whose keyframes are unknown in advance: counts gaps and repetitions of the index, and the
 * length.
 */
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

/** The number that the embedded service writes into each keyframe. */
function numberInRequest({ expression }: Keyframe): number {
  return expression[1] ?? 0;
}
