/**
 * The recorded cause of an error is an Error with the text of the cause, without the objects that it
 * references.
 */
import { describe, expect, it } from 'vitest';
import { reduceCause } from '../../../src/core/failure/error-record.js';

const cleanse = (text: string, maxCharacters: number): string =>
  text.replaceAll('s3cret', '***').slice(0, maxCharacters);
const reduced = (cause: unknown): Error | undefined => reduceCause(cause, cleanse);

describe('a cause', () => {
  it('that is absent stays absent', () => {
    expect(reduced(undefined)).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['a text', 'a s3cret text', 'a *** text'],
    ['a bigint', 5n, '5'],
    ['a boolean', false, 'false'],
    ['a symbol', Symbol('here'), 'Symbol(here)'],
    ['a function', (): void => undefined, 'a value that is no Error'],
    ['a function with a message', Object.assign((): void => undefined, { message: 'm' }), 'm'],
    ['null', null, 'null'],
    ['an object whose message is not a string', { message: 7 }, 'a value that is no Error'],
  ])('that is %s keeps its text', (_name, cause, message) => {
    expect(reduced(cause)).toBeInstanceOf(Error);
    expect(reduced(cause)?.message).toBe(message);
  });

  it('keeps its stack, redacted, as a member that is not enumerable', () => {
    const cause = Object.assign(new Error('m'), { stack: 'Error: s3cret\n    at there' });
    const { stack } = reduced(cause) ?? {};
    expect(stack).toBe('Error: ***\n    at there');
    expect(Object.keys(reduced(cause) ?? {})).toEqual([]);
  });

  it('without a stack has its name and message as the stack', () => {
    expect(reduced({ name: 'Odd', message: 'm' })?.stack).toBe('Odd: m');
    expect(reduced('m')?.stack).toBe('Error: m');
  });

  it('keeps its name, unless that is empty or not a string', () => {
    expect(reduced(new RangeError('m'))?.name).toBe('RangeError');
    expect(reduced({ name: '', message: 'm' })?.name).toBe('Error');
    expect(reduced({ name: 7, message: 'm' })?.name).toBe('Error');
  });

  it('can be renamed like any other error', () => {
    const error = reduced({ name: 'Odd', message: 'm' });
    expect(() => Object.assign(error ?? {}, { name: 'Even', stack: 'none' })).not.toThrow();
    expect(error).toMatchObject({ name: 'Even', stack: 'none' });
    expect(error !== undefined && Reflect.deleteProperty(error, 'stack')).toBe(true);
  });

  it.each<[unknown, unknown]>([
    ['E_s3cret', 'E_***'],
    [42, 42],
    [true, undefined],
    [undefined, undefined],
  ])('with the code %s has the code %s', (code, kept) => {
    const error = reduced(Object.assign(new Error('m'), { code }));
    expect(error !== undefined && 'code' in error ? error.code : undefined).toBe(kept);
    expect(error !== undefined && 'code' in error).toBe(kept !== undefined);
  });
});

describe('the causes of a cause', () => {
  it('are kept up to three levels', () => {
    const deep = new Error('1', {
      cause: new Error('2', { cause: new Error('3', { cause: new Error('4') }) }),
    });
    expect(reduced(deep)).toMatchObject({ message: '1', cause: { message: '2', cause: { message: '3' } } });
    expect(reduced(deep)).not.toHaveProperty('cause.cause.cause');
  });

  it('are not a member when there are none', () => {
    expect(Object.hasOwn(reduced(new Error('1')) ?? {}, 'cause')).toBe(false);
  });

  it('are the first of the errors of an AggregateError, unless that has a cause itself', () => {
    const errors = [new Error('first'), new Error('second')];
    expect(reduced(new AggregateError(errors, 'all'))).toMatchObject({ cause: { message: 'first' } });
    expect(reduced(new AggregateError(errors, 'all', { cause: 'own' }))).toMatchObject({
      cause: { message: 'own' },
    });
    expect(reduced({ message: 'm', errors: 'many' })).not.toHaveProperty('cause.message');
  });

  it('that throw when they are read are absent', () => {
    const cause = {
      message: 'm',
      get cause(): never {
        throw new Error('no');
      },
    };
    expect(reduced(cause)?.message).toBe('m');
    expect(reduced(cause)?.cause).toBeUndefined();
  });
});

it.each([RangeError, TypeError, Error])(
  'the class %o is kept, so that an application recognises wrong values',
  (Kind) => {
    expect(reduceCause(new Kind('wrong'), (text) => text)?.constructor).toBe(Kind);
  },
);

it('a code on Object.prototype does not become the code of a cause', () => {
  try {
    Object.defineProperty(Object.prototype, 'code', { value: 'POLLUTED', configurable: true });
    const reduced = reduceCause(new Error('plain'), (text) => text);
    expect(Object.getOwnPropertyNames(reduced)).not.toContain('code');
  } finally {
    Reflect.deleteProperty(Object.prototype, 'code');
  }
});
