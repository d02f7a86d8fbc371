/** Which parts of an invalid value or name an error shows. It can be a credential in the wrong place. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  jsonProblem,
  kindOf,
  shownName,
  shownNumber,
  shownValue,
} from '../../../src/core/option/shown-value.js';

it.each([
  'sk_live_4f9a8b7c6d5e',
  '{"a": sk_live_4f9a8b7c6d5e}',
  `{"a": "b"\n, "sk_live_4f9a8b7c6d5e": "sk_live_4f9a8b7c6d5e" "sk_live_4f9a8b7c6d5e"}`,
  '"sk_live_4f9a8b7c6d5e',
  'undefined',
])('%j: the value is described, and no part of its text is shown', (text) => {
  let problem = '';
  try {
    JSON.parse(text);
  } catch (error) {
    problem = jsonProblem(error);
  }
  expect(problem).not.toBe('');
  expect(problem).not.toContain('sk_live');
});

const SHORT_SECRETS = [
  'hunter2',
  'swordfish',
  'Pa55',
  'zq9x',
  'abcd',
  'letmein',
  '4821',
  'correct horse',
  'tr0ub4dor&3',
];
const NAMES = ['maxAttempts', 'roomName', 'drain', 'idleTimeout'];

describe('a short or plain secret', () => {
  it.each(SHORT_SECRETS)('%s is not shown as a value', (secret) => {
    expect(shownValue(secret)).toBe(`a string of ${secret.length} characters`);
    expect(shownValue(secret, ['replay', 'tail', 'drop'])).toBe(`a string of ${secret.length} characters`);
  });

  it.each(SHORT_SECRETS)('%s is not shown as a name', (secret) => {
    expect(shownName(secret, NAMES)).toBe(`with a name of ${secret.length} characters`);
  });

  it.each([
    [4_821, 'a number of 4 digits'],
    [48_213_377, 'a number of 8 digits'],
    [-12_345_678, 'a negative number of 8 digits'],
    [0.482_133, 'a fraction'],
    [-3.141_59, 'a negative fraction'],
    [Number.MAX_VALUE, 'a number of 309 digits'],
  ])('%d is not shown', (secret, shown) => {
    expect(shownNumber(secret, 1, 1_000_000)).toBe(shown);
    expect(shownValue(secret)).toBe(shown);
  });
});

it.each([
  ...[0, -0, 1, -1, 16_000, 48_000, 22_050, 0.5, 1e9, NaN, Infinity].map(
    (value) => [value, String(value)] as const,
  ),
  ...['', 'x', 'no', 'true', '16000', '5s', '0.5'].map((value) => [value, JSON.stringify(value)] as const),
  ...([
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [5n, '5n'],
  ] as const),
])('%s is shown', (value, shown) => {
  expect(shownValue(value)).toBe(shown);
});

it('a misspelled word or a value out of bounds is shown', () => {
  expect(shownValue('replai', ['replay'])).toBe('"replai"');
  expect(shownNumber(2 ** 31, 1, 2 ** 31 - 1)).toBe('2147483648');
  for (const name of [
    'maxAttempt',
    'max_attempts',
    'room',
    'drian',
    'maxRetries',
    'x-trace-id',
    'X-App-ID',
    'onError',
  ]) {
    expect(shownName(name, NAMES)).toBe(name);
  }
});

describe('an object whose content is not in its properties', () => {
  it.each<[unknown, string]>([
    [new Map(), 'a Map'],
    [new Date(), 'a Date'],
    [new Error('e'), 'an Error'],
    [Promise.resolve(), 'a Promise'],
    [new URL('http://host.example'), 'a URL'],
    [new Headers(), 'a Headers'],
    [Object('text'), 'a String'],
    [new Uint8Array(1), 'a Uint8Array'],
    [runInNewContext('new Set()'), 'a Set'],
    [new (class extends Map {})(), 'a Map'],
    [[], 'an array'],
  ])('%o is of another kind: %s', (value, kind) => {
    expect(kindOf(value)).toBe(kind);
  });

  it('any other object is an object, for any members of Object.prototype', () => {
    class Config {
      readonly timeoutMs = 1;
    }
    const objects = [{}, Object.create(null), new Config(), runInNewContext('({})'), Object.create({ a: 1 })];
    expect(objects.map(kindOf)).toEqual(objects.map(() => 'object'));
    try {
      Object.defineProperty(Object.prototype, Symbol.toStringTag, { value: 'Map', configurable: true });
      expect(objects.map(kindOf)).toEqual(objects.map(() => 'object'));
    } finally {
      Reflect.deleteProperty(Object.prototype, Symbol.toStringTag);
    }
  });
});
