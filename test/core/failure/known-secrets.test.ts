/** The forms of a known secret that no escaping explains, exactly: one too few lets it through, one too many hides what is none. */
import { describe, expect, it } from 'vitest';
import { derivedForms } from '../../../src/core/failure/known-secrets.js';

const formsOf = (secret: string): string[] =>
  derivedForms(secret).map((form) => Buffer.from(form).toString('latin1'));

/** What of base64 depends on the secret alone, when so many bytes come before it; by another way than the product's. */
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

describe('the derived forms of a secret', () => {
  it('are its hexadecimal digits and three of base64, in lower case', () => {
    expect(formsOf('abcdefgh')).toEqual([
      '6162636465666768',
      ...[0, 1, 2].map((offset) => within('abcdefgh', offset)),
    ]);
  });

  it('hold base64 in both alphabets', () => {
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

  it('hold a form’s plus for a space', () => {
    expect(formsOf('a b c d')).toContain('a+b+c+d');
    expect(formsOf('abcd')).not.toContain('abcd');
  });

  it('of half a character are those of the mark that stands for it', () => {
    expect(formsOf('abc\ud800def')[0]).toBe('616263efbfbd646566');
  });
});
