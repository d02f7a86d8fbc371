/**
 * The exact encoded forms of a secret, except escapes. A missing form would leak the secret, and an additional
 * form would redact other texts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedForms } from '../../../src/core/redaction/encoded-forms.js';
import type { Direction } from '../../../src/core/redaction/encoded-forms.js';

const formsOf = (
  secret: string,
  { direction = 'forwards', least = Infinity }: { direction?: Direction; least?: number } = {},
): string[] =>
  encodedForms(secret, direction).map((form) => Buffer.from(Array.from(form(least))).toString('latin1'));

/**
 * The part of base64 that depends only on the secret when `offset` bytes are before it. It is computed in another
 * way than in the product.
 */
function within(secret: string, offset: number): string {
  const first = Buffer.concat([Buffer.alloc(offset, 0), Buffer.from(secret)]).toString('base64');
  const other = Buffer.concat([Buffer.alloc(offset, 0xff), Buffer.from(secret), Buffer.of(0xff)]).toString(
    'base64',
  );
  let from = 0;
  while (first[from] !== other[from] || from * 6 < offset * 8) from += 1;
  let to = from;
  while (first[to] === other[to] && (to + 1) * 6 <= (offset + Buffer.byteLength(secret)) * 8) to += 1;
  return first.slice(from, to).toLowerCase();
}

/** The hexadecimal digits of every byte, joined by the separator. */
const digits = (secret: string, separator: string): string =>
  (Buffer.from(secret).toString('hex').match(/../g) ?? []).join(separator);

describe('the encoded forms of a secret', () => {
  it('are its hexadecimal and decimal digits, base64, base32 and UTF-16, in lower case', () => {
    const wide = Buffer.from('abcdefg', 'utf16le').subarray(0, -1).toString('latin1');
    expect(formsOf('abcdefg').sort()).toEqual(
      [
        ...['', ':', '-', ',0x'].map((separator) => digits('abcdefg', separator)),
        [...Buffer.from('abcdefg')].join(','),
        [...Buffer.from('abcdefg')].join(''),
        digits(wide, ''),
        ...[0, 1, 2].flatMap((offset) => [within('abcdefg', offset), within(wide, offset)]),
        ...['mfrggzdfmzt', 'qwey3emvtg', 'cytdmrswmz', 'ylcmnsgkzth', 'bmjrwizlgm'],
      ].sort(),
    );
  });

  it('have base64 of base64 from eight bytes on', () => {
    const secret = 'st_Q7w2Zr9Kx4Lm1Np8';
    const forms = formsOf(secret);
    for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
      const once = Buffer.from(before + secret).toString('base64');
      for (const outer of ['', '"', '{"']) {
        const twice = Buffer.from(outer + once)
          .toString('base64')
          .toLowerCase();
        expect(forms.some((form) => twice.includes(form))).toBe(true);
      }
    }
  });

  it('have base64 in both alphabets', () => {
    const secret = '\u00fb\u00ff?>~~>?\u00ff';
    const encoded = [0, 1, 2].map((offset) => within(secret, offset));
    expect(encoded.join('')).toMatch(/[+]/);
    expect(encoded.join('')).toMatch(/[/]/);
    const forms = formsOf(secret);
    for (const one of encoded) {
      expect(forms).toContain(one);
      expect(forms).toContain(one.replaceAll('+', '-').replaceAll('/', '_'));
    }
  });

  it('of a lone surrogate are those of the replacement character U+FFFD', () => {
    expect(formsOf('abc\ud800def')[0]).toBe('616263efbfbd646566');
  });

  const anySecret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

  it('are the same when they are made from the last byte backwards', () => {
    fc.assert(
      fc.property(anySecret, (secret) => {
        const backwards = formsOf(secret, { direction: 'backwards' });
        const turned = backwards.map((form) => Array.from(form).reverse().join(''));
        expect(turned.sort()).toEqual(formsOf(secret).sort());
      }),
    );
  });

  it('can be limited in length: they are beginnings of the whole form, of at least the requested length', () => {
    fc.assert(
      fc.property(
        anySecret,
        fc.nat(60),
        fc.constantFrom('forwards', 'backwards'),
        (secret, least, direction) => {
          const wholes = formsOf(secret, { direction });
          const parts = formsOf(secret, { direction, least });
          parts.forEach((part, nth) => {
            const whole = wholes[nth] ?? '';
            expect(whole.startsWith(part)).toBe(true);
            expect(part.length).toBeGreaterThanOrEqual(Math.min(least, whole.length));
          });
        },
      ),
    );
  });
});
