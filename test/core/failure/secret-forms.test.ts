/** The forms of a known secret, exactly: one too few lets it through, one too many hides what is none. */
import { describe, expect, it } from 'vitest';
import { secretForms } from '../../../src/core/failure/secret-forms.js';

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
  return first.slice(from, to);
}

describe('the forms of a secret', () => {
  it('of ordinary letters are itself and three of base64', () => {
    expect(secretForms('abcdefgh')).toEqual([
      'abcdefgh',
      ...[0, 1, 2].map((offset) => within('abcdefgh', offset)),
    ]);
  });

  it('of other characters are those of URLs, forms and JSON too', () => {
    const secret = 'a b"ö!\\';
    const forms = secretForms(secret);
    expect(forms.slice(0, 7)).toEqual([
      'a b"ö!\\',
      'a b\\"ö!\\\\',
      'a b\\\\\\"ö!\\\\\\\\',
      'a%20b%22%C3%B6!%5C',
      'a%20b%22%c3%b6!%5c',
      'a+b%22%C3%B6!%5C',
      'a+b%22%C3%B6%21%5C',
    ]);
    expect(forms.slice(7)).toEqual([0, 1, 2].map((offset) => within(secret, offset)));
  });

  it.each(["it's (so) ~!", '((~~!!', 'a b c d'])('hold what URLSearchParams makes of %j', (secret) => {
    expect(secretForms(secret)).toContain(new URLSearchParams({ v: secret }).toString().slice(2));
  });

  it('hold base64 in both alphabets', () => {
    const secret = '\u00fb\u00ff?>~~>?\u00ff';
    const encoded = [0, 1, 2].map((offset) => within(secret, offset));
    expect(encoded.join('')).toMatch(/[+]/);
    expect(encoded.join('')).toMatch(/[/]/);
    const forms = secretForms(secret);
    for (const one of encoded) {
      expect(forms).toContain(one);
      expect(forms).toContain(one.replaceAll('+', '-').replaceAll('/', '_'));
    }
  });

  it('of half a character are those of the mark that stands for it', () => {
    expect(secretForms('abc\ud800def')).toContain('abc%EF%BF%BDdef');
  });

  it('shorter than four characters are left out, each is there once', () => {
    expect(secretForms('abcd')).toEqual(['abcd', within('abcd', 0), within('abcd', 1), within('abcd', 2)]);
    expect(within('abc', 1)).toHaveLength(3);
    expect(secretForms('abc')).toEqual([within('abc', 0)]);
  });
});
