/**
 * Options of Node's sockets and requests come only from this package, and stay small while nothing pollutes
 * the prototype.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { withoutInherited } from '../../../src/adapters/node/no-inherited-options.js';

const NAME = 'socketPath';

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, NAME);
});

describe('options for Node', () => {
  it('are passed on unchanged while Object.prototype has no added members', () => {
    const options = { host: 'a' };
    expect(withoutInherited(options, { [NAME]: undefined })).toBe(options);
  });

  it.each([true, false])('inherit nothing that was added to it, enumerable %s', (enumerable) => {
    Object.defineProperty(Object.prototype, NAME, {
      value: 'other',
      enumerable,
      configurable: true,
      writable: true,
    });
    const options = withoutInherited({ host: 'a' }, { [NAME]: undefined });
    expect([Reflect.get(options, NAME), options.host]).toEqual([undefined, 'a']);
  });
});
