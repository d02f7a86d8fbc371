/** The canonical text is the same for every encoding of a text, and has the source position of each byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalText } from '../../../src/core/redaction/canonical-text.js';

const canonical = (text: string): string => Buffer.from(canonicalBytes(text)).toString('utf8');

describe('the canonical text', () => {
  it.each([
    ['Ab 1\r\n\t2', 'ab12'],
    ['a%2Fb', 'a/b'],
    ['a%252fb', 'a/b'],
    ['a%25252Fb', 'a/b'],
    ['%C3%B6', 'ö'],
    ['Ö', 'ö'],
    ['\\u00f6\\x41', 'öa'],
    ['a\\/b\\"c\\\\d', 'a/b"cd'],
    ['a\\\\/b', 'a/b'],
    ['a\\r\\nb', 'ab'],
    ['a\\\nb', 'ab'],
    ['a&amp;b&#38;b&#x26;b&quot;', 'a&b&b&b"'],
    ['a&amp;amp;b', 'a&b'],
    ['a\u200bb\u2028c\ufeff', 'abc'],
    ['😀', '😀'],
    ['\\u{41}\\u{f6}\\u{1F600}', 'aö😀'],
    ['\\101\\303\\266\\\\102', 'aöb'],
    ['\\u{}\\u{zz}\\u{110000}u{41}', '\\u{}\\u{zz}\\u{110000}u{41}'],
    ['\\10 \\9 \\n', '\\109'],
    ['a\\57b\\571\\75\\4\\7x', 'a/b/1=47x'],
    ['\\000041\\00002Fb\\0000\\00', 'a/b\\0000\\00'],
    ['\\x{2f}\\x{1F600}', '/😀'],
    ['a_x002F_b_x00e9_', 'a/bé'],
    ['_x00zz_x002f', '_x00zz_x002f'],
    ['a""b\'\'c\\"\\"', 'a"b\'c"'],
    ['&hyphen;&lowbar;&Period;a&nbsp;b&constructor;', '-_.ab&constructor;'],
    ['a\x1b[31mb\x1b[0;1Kc\x1b(Bd\x9b7me', 'abcde'],
    ['a\\u001b[31mb%1b%5b0mc\\033[md', 'abcd'],
    ['a\x1bb[31m', 'ab[31m'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz', '%zz'],
    ['\\uzzzz', '\\uzzzz'],
    ['&nothing;', '&nothing;'],
    ['&#x110000;', '&#x110000;'],
    ['&;', '&;'],
  ])('of %j is %j', (text, form) => {
    expect(canonical(text)).toBe(form);
  });

  it('is the same for a text and for its encodings', () => {
    const encodings = [
      encodeURIComponent,
      (text: string) => encodeURIComponent(encodeURIComponent(text)),
      (text: string) => JSON.stringify(text).slice(1, -1),
      (text: string) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
      (text: string) => Array.from(text, (char) => `&#${char.codePointAt(0)};`).join(''),
    ];
    const words = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ0189-_.+/=&?: ö"')) });
    fc.assert(
      fc.property(words, fc.constantFrom(...encodings), (text, encode) => {
        expect(canonical(encode(text))).toBe(canonical(text));
      }),
    );
  });

  it('returns the position of each byte in the source', () => {
    const source = 'x %2541 &amp; \\/ ö';
    const { bytes, starts, ends } = canonicalText(source);
    const from = Array.from(bytes, (_, index) => source.slice(starts[index], ends[index]));
    expect(from).toEqual(['x', '%2541', '&amp;', '\\/', 'ö', 'ö']);
  });
});
