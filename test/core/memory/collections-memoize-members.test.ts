/**
 * The result for an object of options is cached while the same members are given. A result for a member that is
 * an object is not cached, because that object can change.
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

describe('a result that is made from the members of an object', () => {
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

  it('is made again if a member is an object, which can have changed', () => {
    const { make, calls } = counted();
    const retry = { maxAttempts: 1 };
    make({ retry });
    make({ retry });
    expect(calls).toHaveLength(2);
  });
});
