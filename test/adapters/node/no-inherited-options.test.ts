/**
 * Options that this package gives to Node's sockets and requests inherit nothing from `Object.prototype`. While
 * the prototype has no added members, the options are passed on without a copy.
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

  it.each([true, false])('do not inherit a member that was added to it, enumerable: %s', (enumerable) => {
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
