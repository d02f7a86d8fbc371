/** An abort flag behaves like an AbortSignal in all ways that the client uses: every test runs with both. */
import { describe, expect, it } from 'vitest';
import { AbortFlag } from '../../../src/client/waiting/deadline.js';
import type { EndSignal } from '../../../src/ports/end-signal.js';

interface Pair {
  readonly signal: EndSignal;
  readonly abort: (reason: Error) => void;
}

const kinds: readonly (readonly [string, () => Pair])[] = [
  [
    'an abort flag',
    () => {
      const flag = new AbortFlag();
      return { signal: flag, abort: (reason) => flag.abort(reason) };
    },
  ],
  [
    'an AbortSignal',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
    },
  ],
];

describe.each(kinds)('%s', (_kind, make) => {
  it('calls each listener once, in their order, after the reason is set', () => {
    const { signal, abort } = make();
    const reported: unknown[] = [];
    signal.addEventListener('abort', () => reported.push('first', signal.aborted, signal.reason), {
      once: true,
    });
    signal.addEventListener('abort', () => reported.push('second'), { once: true });
    expect(signal.aborted).toBe(false);
    signal.throwIfAborted();
    const reason = new Error('over');
    abort(reason);
    abort(new Error('again'));
    expect(reported).toEqual(['first', true, reason, 'second']);
    expect(() => signal.throwIfAborted()).toThrow(reason);
  });

  it('calls no listener that was removed, and none that is added after the abort', () => {
    const { signal, abort } = make();
    const reported: string[] = [];
    const leaves = (): void => void reported.push('left');
    signal.addEventListener('abort', leaves, { once: true });
    signal.addEventListener('abort', () => void reported.push('stayed'), { once: true });
    signal.removeEventListener('abort', leaves);
    abort(new Error('over'));
    signal.addEventListener('abort', () => void reported.push('late'), { once: true });
    signal.removeEventListener('abort', leaves);
    expect(reported).toEqual(['stayed']);
  });
});

describe('the AbortSignal of an abort flag', () => {
  it('is always the same object, and is aborted with the flag, before the listeners of the flag are called', () => {
    const flag = new AbortFlag();
    const { real } = flag;
    expect([real instanceof AbortSignal, real.aborted, flag.real]).toEqual([true, false, real]);
    let sawAborted = false;
    flag.addEventListener('abort', () => (sawAborted = real.aborted));
    const reason = new Error('over');
    flag.abort(reason);
    expect([sawAborted, real.reason]).toEqual([true, reason]);
  });

  it('is already aborted if it is first read after the abort', () => {
    const flag = new AbortFlag();
    const reason = new Error('over');
    flag.abort(reason);
    expect([flag.real.aborted, flag.real.reason]).toEqual([true, reason]);
  });
});
