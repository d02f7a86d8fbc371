/**
 * The result for an options object is cached as long as the object is in use; objects that are not frozen are
 * never cached.
 */
import { describe, expect, it } from 'vitest';
import { memoizeLastMembers } from '../../../src/core/memory/collections.js';

function counted() {
  const calls: object[] = [];
  const make = memoizeLastMembers((given: Readonly<Record<string, unknown>>) => {
    calls.push(given);
    return { ...given };
  });
  return { make, calls };
}

describe('what is made of members', () => {
  const onError = (): void => undefined;

  it('is made once for the same texts, numbers and functions', () => {
    const { make, calls } = counted();
    const first = make({ appId: 'a', timeoutMs: 1, onError });
    expect(make({ appId: 'a', timeoutMs: 1, onError })).toBe(first);
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['another value', { appId: 'b', timeoutMs: 1 }],
    ['one more', { appId: 'a', timeoutMs: 1, region: undefined }],
    ['one less', { appId: 'a' }],
  ])('is made again with %s', (_what, other) => {
    const { make } = counted();
    const first = make({ appId: 'a', timeoutMs: 1 });
    expect(make(other)).toEqual(other);
    expect(make(other)).not.toBe(first);
  });

  it('is made again where a member is an object, which may have changed', () => {
    const { make, calls } = counted();
    const retry = { maxAttempts: 1 };
    make({ retry });
    make({ retry });
    expect(calls).toHaveLength(2);
  });
});
