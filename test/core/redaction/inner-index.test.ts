/** Parts of strings are found for any cut, in time linear in the length of the text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InnerIndex, innerBytes, isCertain } from '../../../src/core/redaction/inner-index.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const letters = fc.string({
  unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz')),
  minLength: 20,
  maxLength: 60,
});

describe('an index of inner parts of strings', () => {
  it('finds every part of 16 bytes, and every part of 12 bytes that contains a digit', () => {
    fc.assert(
      fc.property(letters, fc.nat(30), fc.nat(40), fc.boolean(), (string, start, size, hasDigit) => {
        const whole = hasDigit ? string.replaceAll(/(.{3})./g, '$17') : string;
        const part = whole.slice(start, start + (hasDigit ? 12 : 16) + size);
        fc.pre(isCertain(bytes(part), 0, part.length));
        const text = `!!${part}!!`;
        const [match] = new InnerIndex([bytes('another string'), bytes(whole)]).matches(bytes(text));
        expect(match).toEqual({ from: 2, to: text.length - 2 });
      }),
    );
  });

  it('finds no shorter part', () => {
    const index = new InnerIndex([bytes('0123456789abcdefghijklmnopqrstuvwxyz')]);
    expect(index.matches(bytes('!123456789ab!'))).toEqual([]);
    expect(index.matches(bytes('!abcdefghijklmno!'))).toEqual([]);
    expect(index.matches(bytes('!123456789abc!'))).toEqual([{ from: 1, to: 13 }]);
    expect(index.matches(bytes('!abcdefghijklmnop!'))).toEqual([{ from: 1, to: 17 }]);
  });

  it.each([
    ['parts that are too short', 'abcdefghijk0'],
    ['the same part many times', 'k7Q2k7Q2'],
    ['one part', 'abcdefghijk0123456789'],
  ])('takes few steps for %s', (_name, piece) => {
    const strings = ['abcdefghijk-0123456789-tail', 'k7Q2'.repeat(2_000), 'k7Q2'.repeat(900)];
    const index = new InnerIndex(strings.map(bytes));
    const text = bytes(piece.repeat(4_000));
    index.matches(text);
    expect(index.steps / text.length).toBeLessThan(45);
  });

  it('of many strings contains the beginning of each string', () => {
    expect([innerBytes(0), innerBytes(1), innerBytes(17), innerBytes(256), innerBytes(5_000)]).toEqual([
      16_384, 16_384, 3_855, 256, 256,
    ]);
  });
});
