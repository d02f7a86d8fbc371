/**
 * Checks of single option values: a valid value is returned unchanged. For an invalid value the error names
 * option, bound and value.
 */
import { describe, expect, it } from 'vitest';
import {
  refuseUnknownNames,
  requireBoolean,
  requireFunction,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
  requireSecret,
  requireString,
} from '../../../src/core/option/option-check.js';
import type { NumberBounds } from '../../../src/core/option/option-check.js';

describe('a valid value is returned unchanged', () => {
  const object = {};
  const callback = (): void => undefined;
  it.each<[string, (given: unknown) => unknown, unknown]>([
    ['a number', (given) => requireNumber('n', given), -1.5],
    ['zero, where the bound is zero', (given) => requireNumber('n', given, { min: 0 }), 0],
    ['a number at its upper bound', (given) => requireNumber('n', given, { max: 9 }), 9],
    [
      'Infinity, where it is allowed',
      (given) => requireNumber('n', given, { max: 9, integer: true, infinite: true }),
      Infinity,
    ],
    ['a string', (given) => requireString('s', given), ' '],
    ['a secret', (given) => requireSecret('s', given), 'k'],
    ['false', (given) => requireBoolean('b', given), false],
    ['a function', (given) => requireFunction('f', given), callback],
    ['an object', (given) => requireObject('o', given), object],
    ['one of a list of numbers', (given) => requireOneOf('v', given, [0, 1]), 0],
  ])('%s', (_what, check, given) => {
    expect(check(given)).toBe(given);
  });
});

describe('numbers out of bounds', () => {
  it.each<[unknown, NumberBounds, string]>([
    [NaN, {}, 'a finite number, got NaN'],
    [Infinity, {}, 'a finite number, got Infinity'],
    [-Infinity, { infinite: true }, 'a finite number or Infinity, got -Infinity'],
    [-1, { min: 0 }, 'a finite number of at least 0, got -1'],
    [10, { max: 9 }, 'a finite number of at most 9, got 10'],
    [0.5, { min: 0, max: 9, integer: true }, 'a whole number from 0 to 9, got 0.5'],
  ])('%s within %o', (value, bounds, message) => {
    expect(() => requireNumber('n', value, bounds)).toThrow(new RangeError(`n must be ${message}`));
  });
});

describe('the wrong kind of value', () => {
  it.each<[string, () => unknown, string]>([
    ['a number', () => requireNumber('n', '5'), 'n must be a number, got "5"'],
    ['a number, not a bigint', () => requireNumber('n', 5n), 'n must be a number, got 5n'],
    ['a number, not an object', () => requireNumber('n', {}), 'n must be a number, got object'],
    ['a number, not a symbol', () => requireNumber('n', Symbol('1')), 'n must be a number, got symbol'],
    ['a string', () => requireString('s', undefined), 's must be a string, got undefined'],
    ['a boolean', () => requireBoolean('b', 'true'), 'b must be true or false, got "true"'],
    ['a function', () => requireFunction('f', null), 'f must be a function, got null'],
    ['an object', () => requireObject('o', [1]), 'o must be an object, got an array'],
    ['an object, not null', () => requireObject('o', null), 'o must be an object, got null'],
    ['an object, not a function', () => requireObject('o', () => 1), 'o must be an object, got function'],
    [
      'an object or another allowed value',
      () => requireObject('o', 1, 'an object or false'),
      'o must be an object or false, got 1',
    ],
    ['one of a list of words', () => requireOneOf('v', 1, ['a', 'b']), 'v must be one of a, b, got 1'],
    [
      'one of a list of words and numbers',
      () => requireOneOf('v', null, ['a', 1]),
      'v must be one of a, 1, got null',
    ],
  ])('for %s is a TypeError', (_what, check, message) => {
    expect(check).toThrow(new TypeError(message));
  });
});

describe('other refusals', () => {
  it('an empty string is out of bounds', () => {
    expect(() => requireString('s', '')).toThrow(new RangeError('s must not be empty, got ""'));
    expect(() => requireSecret('s', '')).toThrow(new RangeError('s must not be empty, got ""'));
  });

  it('a word that is not in the list is out of bounds', () => {
    expect(() => requireOneOf('v', 'c', ['a', 'b'])).toThrow(
      new RangeError('v must be one of a, b, got "c"'),
    );
    expect(() => requireOneOf('v', 'c', ['a', 1])).toThrow(new RangeError('v must be one of a, 1, got "c"'));
  });

  it('a secret of the wrong kind is not shown', () => {
    expect(() => requireSecret('key', 123_456)).toThrow(new TypeError('key must be a string, got number'));
  });

  it.each(['x'.repeat(1_000), 'sk_live_9f8e7d6c5b4a', 'my-secret', 'AAAA1111'])(
    'a text that can be a credential is not shown: %j',
    (text) => {
      const error = new TypeError(`n must be a number, got a string of ${text.length} characters`);
      expect(() => requireNumber('n', text)).toThrow(error);
    },
  );

  it.each([2n ** 4_000n, -(2n ** 4_000n)])('a very long number is not shown', (value) => {
    expect(() => requireNumber('n', value)).toThrow(new TypeError('n must be a number, got bigint'));
  });

  it('a misspelt name is shown with its path and the known names', () => {
    expect(() => refuseUnknownNames('', { tmeout: 1 }, ['timeout'])).toThrow(
      new TypeError('unknown option tmeout; known names: timeout; did you mean timeout?'),
    );
    expect(() => refuseUnknownNames('retry.backoff', { base: 1 }, ['baseMs', 'capMs'])).toThrow(
      new TypeError('unknown option retry.backoff.base; known names: baseMs, capMs; did you mean baseMs?'),
    );
  });

  it('known names are accepted, also with the value undefined', () => {
    expect(() => refuseUnknownNames('', { timeout: undefined }, ['timeout'])).not.toThrow();
  });
});

describe('the options of an object', () => {
  it('are its own properties, not inherited ones', () => {
    const given = Object.assign(Object.create({ region: 'inherited' }) as object, { appId: 'own' });
    const own = requireOptions('', given);
    expect([Object.keys(own), own['region'], 'toString' in own]).toEqual([['appId'], undefined, false]);
  });

  it('are read once, so a getter cannot change them later', () => {
    let reads = 0;
    const own = requireOptions('', {
      get appId() {
        reads += 1;
        return reads;
      },
    });
    expect([own['appId'], own['appId'], reads]).toEqual([1, 1, 1]);
  });

  it.each<[string, () => unknown]>([
    [
      'a getter throws',
      () =>
        Object.defineProperty({}, 'a', {
          enumerable: true,
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    [
      'it is a revoked Proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    [
      'it is a Proxy that throws',
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
    ],
  ])('are refused with a TypeError that names the option if %s', (_what, make) => {
    expect(() => requireOptions('retry', make(), ['a'])).toThrow(/^retry can't be read/);
  });

  it('have a suggestion for an unknown word, too', () => {
    expect(() => requireOneOf('v', 'patent', ['default', 'patient'])).toThrow(
      new RangeError('v must be one of default, patient, got "patent"; did you mean patient?'),
    );
    expect(() => requireOneOf('v', 'colour', ['default', 'patient'])).toThrow(/characters$/);
  });

  it.each<[string, string[], string | undefined]>([
    ['apikey', ['apiKey', 'apiSecret'], 'apiKey'],
    ['api_secret', ['apiKey', 'apiSecret'], 'apiSecret'],
    ['room', ['url', 'roomName'], 'roomName'],
    ['timeout', ['timeoutMs', 'ttlMs'], 'timeoutMs'],
    ['colour', ['url', 'roomName'], undefined],
    ['x'.repeat(1_000_000), ['url'], undefined],
  ])('have a suggestion for the unknown name %.20s among %j: %s', (name, known, meant) => {
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    const error = (() => {
      try {
        return requireOptions('o', { [name]: 1 }, known);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^unknown option /);
    expect((error as Error).message.endsWith(`known names: ${known.join(', ')}${hint}`)).toBe(true);
    expect((error as Error).message.length).toBeLessThan(200);
  });

  it('do not show a name that can be a credential', () => {
    const key = 'sk_live_9f8e7d6c5b4a';
    expect(() => requireOptions('retry', { [key]: 1 }, ['rules'])).toThrow(
      new TypeError('unknown option of retry with a name of 20 characters; known names: rules'),
    );
  });
});
