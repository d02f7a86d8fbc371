/** The latest result is cached, for exactly its arguments. */
import { describe, expect, it } from 'vitest';
import { memoizeLast } from '../../../src/core/memory/collections.js';

function counted(): { readonly pair: (one: string, other: number) => string; readonly calls: string[] } {
  const calls: string[] = [];
  const pair = memoizeLast((one: string, other: number) => {
    if (one === 'bad') throw new Error(`bad ${calls.push('bad')}`);
    calls.push(one);
    return `${one} ${other}`;
  });
  return { pair, calls };
}

describe('a function that caches its latest result', () => {
  it('is called once for the same arguments', () => {
    const { pair, calls } = counted();
    expect([pair('a', 1), pair('a', 1), pair('a', 1)]).toEqual(['a 1', 'a 1', 'a 1']);
    expect(calls).toEqual(['a']);
  });

  it('returns the same object', () => {
    const list = memoizeLast((length: number) => Array.from({ length }, () => 0));
    expect(list(2)).toBe(list(2));
  });

  it('is called again if any argument differs, and for arguments that are not the latest', () => {
    const { pair, calls } = counted();
    expect([pair('a', 1), pair('a', 2), pair('b', 2), pair('a', 1)]).toEqual(['a 1', 'a 2', 'b 2', 'a 1']);
    expect(calls).toEqual(['a', 'a', 'b', 'a']);
  });

  it('caches the result undefined like any other', () => {
    let calls = 0;
    const lookUp = memoizeLast((name: string): string | undefined => {
      calls += 1;
      return name === 'known' ? name : undefined;
    });
    expect([lookUp('other'), lookUp('other'), calls]).toEqual([undefined, undefined, 1]);
  });

  it('does not cache a call that throws, and keeps the previous result', () => {
    const { pair, calls } = counted();
    pair('a', 1);
    expect(() => pair('bad', 1)).toThrow('bad 2');
    expect(() => pair('bad', 1)).toThrow('bad 3');
    expect(pair('a', 1)).toBe('a 1');
    expect(calls).toEqual(['a', 'bad', 'bad']);
  });
});
