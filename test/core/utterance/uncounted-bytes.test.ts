import { describe, expect, it } from 'vitest';
import { UncountedBytes } from '../../../src/core/utterance/uncounted-bytes.js';

const MIB = 1024 * 1024;
const STEP_BYTES = 256 * 1024;

describe('a socket that reports no buffered bytes', () => {
  it('takes a mebibyte before an answer has to come', () => {
    const bytes = new UncountedBytes();
    expect(bytes.look(MIB - 1, 0, 0)).toBeUndefined();
    expect(bytes.look(MIB, 0, 1)).toBe('answer');
  });

  it('takes as much more as is answered, and no more than was sent', () => {
    const bytes = new UncountedBytes();
    bytes.answered(100_000, MIB);
    expect(bytes.isFull(MIB + 99_999)).toBe(false);
    expect(bytes.isFull(MIB + 100_000)).toBe(true);
    bytes.answered(50 * MIB, MIB + 100_000);
    expect(bytes.isFull(2 * MIB + 100_000)).toBe(true);
  });

  it('takes a step more as time passes', () => {
    const bytes = new UncountedBytes();
    bytes.timePassed();
    expect(bytes.isFull(MIB + STEP_BYTES - 1)).toBe(false);
    expect(bytes.isFull(MIB + STEP_BYTES)).toBe(true);
  });

  it('begins again with each connection, where nothing is in flight', () => {
    const bytes = new UncountedBytes();
    bytes.restart(7 * MIB);
    expect(bytes.isFull(8 * MIB - 1)).toBe(false);
    expect(bytes.isFull(8 * MIB)).toBe(true);
  });
});

describe('a socket that has reported buffered bytes', () => {
  it('is as one of which it is known that it counts', () => {
    const bytes = new UncountedBytes();
    bytes.restart(0, true);
    expect(bytes.isFull(100 * MIB)).toBe(false);
  });

  it('needs no answers', () => {
    const bytes = new UncountedBytes();
    expect(bytes.look(MIB, 1, 0)).toBeUndefined();
    expect(bytes.isFull(100 * MIB)).toBe(false);
  });

  it.each([
    ['at once: a turn', 50, 0, 'turn'],
    ['more slowly: nothing', 51, 0, undefined],
    ['at once, while it holds something: nothing', 50, 1, undefined],
  ] as const)('gets four mebibytes %s', (_how, atMs, bufferedBytes, missing) => {
    const bytes = new UncountedBytes();
    bytes.look(1, 1, 0);
    expect(bytes.look(4 * MIB, bufferedBytes, atMs)).toBe(missing);
    expect(bytes.nextLookBytes).toBe(8 * MIB);
  });
});
