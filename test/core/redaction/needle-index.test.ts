/** The index finds the same matches as a naive search. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MIN_CUT_BYTES, NeedleIndex } from '../../../src/core/redaction/needle-index.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const indexOf = (...needles: readonly string[]): NeedleIndex =>
  new NeedleIndex(needles.map((needle) => (least) => bytes(needle.slice(0, least))));

/** The positions that matches cover, found by a comparison at every position. */
function coveredByComparing(text: string, needle: string): Set<number> {
  const covered = new Set<number>();
  for (let at = 0; at < text.length; at += 1) {
    let matched = 0;
    while (matched < needle.length && text[at + matched] === needle[matched]) matched += 1;
    if (matched >= MIN_CUT_BYTES)
      for (let offset = 0; offset < matched; offset += 1) covered.add(at + offset);
  }
  return covered;
}

function coveredByIndex(text: string, needles: readonly string[]): Set<number> {
  const covered = new Set<number>();
  for (const { from, to } of indexOf(...needles).matches(bytes(text))) {
    for (let at = from; at < to; at += 1) covered.add(at);
  }
  return covered;
}

describe('an index of needles', () => {
  it('finds every beginning, also of periodic strings and of strings that contain each other', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 8, maxLength: 20 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 80 });
    fc.assert(
      fc.property(fc.array(few, { minLength: 1, maxLength: 4 }), text, (needles, haystack) => {
        const expected = new Set(needles.flatMap((needle) => [...coveredByComparing(haystack, needle)]));
        expect(coveredByIndex(haystack, needles)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('returns whether a match is the whole string', () => {
    const index = indexOf('0123456789');
    expect(index.matches(bytes('x0123456789 01234567x'))).toEqual([
      { from: 1, to: 11, whole: true },
      { from: 12, to: 20, whole: false },
    ]);
  });

  it('ignores strings of fewer than 8 bytes', () => {
    expect(indexOf('0123456').matches(bytes('0123456'))).toEqual([]);
  });

  it('reads only a little more of a string than the text contains', () => {
    const asked = new Map<string, number>();
    const needles = ['a', 'b'].map((letter) => letter.repeat(100_000));
    const index = new NeedleIndex(
      needles.map((needle) => (least) => {
        asked.set(needle, Math.max(asked.get(needle) ?? 0, least));
        return bytes(needle.slice(0, least));
      }),
    );
    const [first] = index.matches(bytes(`${'a'.repeat(1_000)} b`));
    expect(first).toEqual({ from: 0, to: 1_000, whole: false });
    expect(asked.get(needles[0] ?? '')).toBeLessThanOrEqual(2_000);
    expect(asked.get(needles[1] ?? '')).toBe(MIN_CUT_BYTES);
  });
});
