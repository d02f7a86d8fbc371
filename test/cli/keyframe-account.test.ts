import { describe, expect, it } from 'vitest';
import { createIndexAccount, createExactAccount } from '../../src/cli/keyframe-account.js';
import { animate, animateFrom } from '../../src/emulator/index.js';
import type { Keyframe } from '../../src/index.js';

/** Silence: the keyframes look the same, but each one can still be identified. */
const truth = animate(new Uint8Array(1_280 * 6), 16_000);

function pick(...indices: number[]): Keyframe[] {
  return indices.flatMap((index) => truth[index] ?? []);
}

describe('compared with the true number of keyframes', () => {
  it.each<[string, readonly [index: number, keyframes: Keyframe[]][], object]>([
    [
      'all of them, in pieces',
      [
        [0, pick(0, 1)],
        [2, pick(2)],
        [3, pick(3, 4, 5)],
      ],
      { received: 6, lost: 0, duplicated: 0, wrong: 0 },
    ],
    ['none', [], { received: 0, lost: 6, duplicated: 0, wrong: 0 }],
    ['the tail missing', [[0, pick(0, 1, 2, 3)]], { received: 4, lost: 2, duplicated: 0, wrong: 0 }],
    [
      'one missing in the middle',
      [
        [0, pick(0, 1)],
        [3, pick(3, 4, 5)],
      ],
      { received: 5, lost: 1, duplicated: 0, wrong: 0 },
    ],
    [
      'one missing, the gap hidden by the indices',
      [
        [0, pick(0, 1)],
        [2, pick(3, 4, 5)],
      ],
      { received: 5, lost: 1, duplicated: 0, wrong: 3 },
    ],
    [
      'one twice',
      [
        [0, pick(0, 1, 2)],
        [2, pick(2, 3, 4, 5)],
      ],
      { received: 6, lost: 0, duplicated: 1, wrong: 0 },
    ],
    [
      'one twice, hidden by the indices',
      [[0, pick(0, 1, 1)]],
      { received: 2, lost: 4, duplicated: 1, wrong: 0 },
    ],
    [
      'out of order',
      [
        [0, pick(0)],
        [2, pick(2)],
        [1, pick(1)],
        [3, pick(3, 4, 5)],
      ],
      { received: 6, lost: 0, duplicated: 0, wrong: 1 },
    ],
    [
      'of other audio',
      [[0, animate(new Uint8Array(1_280).fill(7), 16_000)]],
      { received: 0, lost: 6, duplicated: 0, wrong: 1 },
    ],
  ])('%s', (_, frames, tally) => {
    const account = createExactAccount(truth);
    for (const [index, keyframes] of frames) account.receive(index, keyframes);
    expect(account.tally(true)).toEqual({ expected: 6, ...tally });
  });
});

describe('identified by index and length only', () => {
  const two = pick(0, 1);

  it.each<[string, readonly number[], boolean, object]>([
    ['all that was expected', [0, 2, 4], true, { received: 6, lost: 0, duplicated: 0 }],
    ['a gap', [0, 4], true, { received: 4, lost: 2, duplicated: 0 }],
    ['a repetition', [0, 0, 2, 4], true, { received: 6, lost: 0, duplicated: 2 }],
    ['a few less than expected, and finished', [0, 2], true, { received: 4, lost: 0, duplicated: 0 }],
    ['a few less than expected, and broken off', [0, 2], false, { received: 4, lost: 2, duplicated: 0 }],
    ['more than expected', [0, 2, 4, 6], true, { received: 8, lost: 0, duplicated: 0 }],
    ['no keyframe', [], true, { received: 0, lost: 6, duplicated: 0 }],
  ])('%s', (_, indices, complete, tally) => {
    const account = createIndexAccount(240);
    for (const index of indices) account.receive(index, two);
    expect(account.tally(complete)).toEqual({ expected: 6, wrong: 0, ...tally });
  });

  it('more than a second less than expected is lost, finished or not', () => {
    const account = createIndexAccount(4_000);
    account.receive(0, two);
    expect(account.tally(true)).toMatchObject({ received: 2, expected: 100, lost: 98 });
  });
});

describe('after a recovery', () => {
  const audio = Uint8Array.from({ length: 1_280 * 6 }, (_, at) => (at * 37) % 251);
  const whole = animate(audio, 16_000);
  const from = (start: number): Keyframe[] => animateFrom(audio, 16_000, start);

  it('keyframes of a request that begins inside the utterance are right', () => {
    const account = createExactAccount(whole, from);
    account.receive(0, whole.slice(0, 3));
    account.receive(3, from(1).slice(2), true);
    expect(account.tally(true)).toMatchObject({ received: 6, lost: 0, duplicated: 0, wrong: 0 });
  });

  it('one keyframe more than were missing is wrong', () => {
    const account = createExactAccount(whole, from);
    account.receive(0, whole.slice(0, 3));
    account.receive(3, from(1).slice(1), true);
    expect(account.tally(true)).toMatchObject({ wrong: expect.any(Number) as number });
    expect(account.tally(true).wrong).toBeGreaterThan(0);
  });
});
