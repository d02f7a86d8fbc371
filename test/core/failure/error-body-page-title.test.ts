import { describe, expect, it } from 'vitest';
import { pageText, pageTitle } from '../../../src/core/failure/error-body.js';

describe('the title of an HTML page', () => {
  it.each([
    ['<html>\r\n<head><title>404 Not Found</title></head></html>', '404 Not Found'],
    ['<TITLE lang="en">\n  502 Bad\tGateway\n</TITLE>', '502 Bad Gateway'],
    [
      '<title>Access denied | a&amp;b.example used Cloudflare</title>',
      'Access denied | a&b.example used Cloudflare',
    ],
    ['<title>say "hello"</title>', "say 'hello'"],
    ['<title>line\u2028break \u0007\u202Ebell</title>', 'line break bell'],
  ])('of %j is %j', (body, title) => {
    expect(pageTitle(body)).toBe(title);
  });

  it.each([
    '',
    '{"message":"no page"}',
    'plain text',
    '<title></title>',
    '<title>   </title>',
    '<title>cut off',
  ])('does not exist in %j', (body) => {
    expect(pageTitle(body)).toBeUndefined();
  });

  it('is cut at a space when it is long, so that no part of a word is left, which could be part of a secret', () => {
    const title = pageTitle(`<title>${'word '.repeat(40)}</title>`) ?? '';
    expect(title).toMatch(/^(word )+…$/);
    expect(title.length).toBeLessThanOrEqual(82);
    expect(pageTitle(`<title>${'x'.repeat(200)}</title>`)).toBeUndefined();
  });

  it('is searched only in the first part of a large page, and quickly', () => {
    const startedAtMs = performance.now();
    expect(pageTitle(`${' '.repeat(60_000)}<title>late</title>`)).toBeUndefined();
    expect(pageTitle('<title '.repeat(10_000))).toBeUndefined();
    expect(performance.now() - startedAtMs).toBeLessThan(100);
  });
});

describe('the text of an HTML page', () => {
  const asItIs = (text: string): string => text;

  it.each<[string, string | undefined]>([
    ['<html><title>Sign in</title><p>hello', 'Sign in'],
    ['<p>no such key <b>abc</b></p>', 'no such key abc'],
    ['<!-- a comment --><script>let x = "<p>";</script><style>p {}</style><h1>Forbidden</h1>', 'Forbidden'],
    ['<p>cut in the middle of a <span', 'cut in the middle of a'],
    ['<!-- that does not end', undefined],
    ['no page', undefined],
    ['{"message":"no page"}', undefined],
  ])('%s', (body, text) => {
    expect(pageText(body, asItIs)).toBe(text);
  });

  it('is redacted before tags are removed and before it is cut', () => {
    const seen: string[] = [];
    const cleanse = (text: string): string => (
      seen.push(text),
      text.replaceAll('<b>secret</b>', '[redacted]')
    );
    expect(pageText('<p>a <b>secret</b></p>', cleanse)).toBe('a [redacted]');
    expect(seen).toEqual(['<p>a <b>secret</b></p>']);
  });

  it('takes time linear in the length of a hostile body', () => {
    const startedAtMs = performance.now();
    for (const opening of ['<!--', '<script', '<title>', '<']) pageText(opening.repeat(20_000), asItIs);
    expect(performance.now() - startedAtMs).toBeLessThan(500);
  });
});
