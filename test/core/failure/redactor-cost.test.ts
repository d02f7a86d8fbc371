/** What a text costs to redact depends on its length alone, whatever is in it. */
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/core/failure/redactor.js';

describe('hostile text', () => {
  const SECRETS = [
    `${'k0'.repeat(500)}!`,
    `${'ab'.repeat(20)}XYZ-and-more`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  ];
  const pieces = [
    'token',
    'a',
    '"token":[',
    'token="',
    'token=\\',
    'bearer ',
    'bearer [',
    'eyJ',
    'eyJaaaaaaaaaaaaa.',
    '://',
    '%3d',
    'token ',
    'secret:',
    '\\',
    '[',
    '{"secret":{',
    'token\\"',
    'k0k0k0k0',
    'abababab',
    'eyJhbGciOiJIUzI1NiJ9.',
    '%25',
    '%',
    '&#x',
    '&amp;',
    '&&&&&&&;',
    '\\u00',
    '\u200b',
    'ö',
  ];

  /** The fastest of some runs: what the machine does besides makes a run slower, never faster. */
  function fastestMs(text: string): number {
    const redactor = createRedactor(SECRETS);
    redactor.redact('the forms of the secrets are made');
    return Math.min(
      ...Array.from({ length: 5 }, () => {
        const startedAtMs = performance.now();
        redactor.redact(text);
        return performance.now() - startedAtMs;
      }),
    );
  }

  it.each(pieces)('%j, 64 KiB of it, costs at most 20 times what harmless text costs', (piece) => {
    const sentence = 'the service has no room for another session at the moment, ';
    const harmless = fastestMs(sentence.repeat(65_536 / sentence.length));
    const hostile = fastestMs(piece.repeat(65_536 / piece.length));
    expect(hostile).toBeLessThan(20 * harmless);
  });
});
