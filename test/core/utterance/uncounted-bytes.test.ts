import { describe, expect, it } from 'vitest';
import { UncountedBytes } from '../../../src/core/utterance/uncounted-bytes.js';

const MIB = 1024 * 1024;
const STEP_BYTES = 256 * 1024;

describe('a socket that reports no buffered bytes', () => {
  it('accepts 1 MiB before an answer is required', () => {
    const bytes = new UncountedBytes();
    expect(bytes.look(MIB - 1, 0, 0)).toBeUndefined();
    expect(bytes.look(MIB, 0, 1)).toBe('answer');
  });

  it('accepts as many more bytes as are answered, but at most as many as were sent', () => {
    const bytes = new UncountedBytes();
    bytes.answered(100_000, MIB);
    expect(bytes.isFull(MIB + 99_999)).toBe(false);
    expect(bytes.isFull(MIB + 100_000)).toBe(true);
    bytes.answered(50 * MIB, MIB + 100_000);
    expect(bytes.isFull(2 * MIB + 100_000)).toBe(true);
  });

  it('accepts a further step after some time', () => {
    const bytes = new UncountedBytes();
    bytes.timePassed();
    expect(bytes.isFull(MIB + STEP_BYTES - 1)).toBe(false);
    expect(bytes.isFull(MIB + STEP_BYTES)).toBe(true);
  });

  it('begins again with each connection', () => {
    const bytes = new UncountedBytes();
    bytes.restart(7 * MIB);
    expect(bytes.isFull(8 * MIB - 1)).toBe(false);
    expect(bytes.isFull(8 * MIB)).toBe(true);
  });
});

describe('a socket that has reported buffered bytes', () => {
  it('is handled like one that is known to report them', () => {
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
    ['at once: wait for a turn of the event loop', 50, 0, 'turn'],
    ['more slowly: no wait', 51, 0, undefined],
    ['at once, while some are buffered: no wait', 50, 1, undefined],
  ] as const)('gets four mebibytes %s', (_how, atMs, bufferedBytes, missing) => {
    const bytes = new UncountedBytes();
    bytes.look(1, 1, 0);
    expect(bytes.look(4 * MIB, bufferedBytes, atMs)).toBe(missing);
    expect(bytes.nextLookBytes).toBe(8 * MIB);
  });
});
