/** What a text costs to redact depends on its length alone, whatever is in it. */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { createRedactor } from '../../../src/core/failure/redactor.js';
import { cleanserOf, toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';

const SIZE = 65_536;

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

  const sentence = 'the service has no room for another session at the moment, ';
  const harmless = sentence.repeat(Math.ceil(SIZE / sentence.length)).slice(0, SIZE);

  /** The fastest of runs in turns: what the machine does besides makes a run slower, never faster. */
  function fastestMs(work: (text: string) => unknown, texts: readonly string[]): readonly number[] {
    const fastest = texts.map(() => Infinity);
    for (let round = 0; round < 9; round += 1) {
      texts.forEach((text, index) => {
        const startedAtMs = performance.now();
        work(text);
        fastest[index] = Math.min(fastest[index] ?? Infinity, performance.now() - startedAtMs);
      });
    }
    return fastest;
  }

  it.each(pieces)('%j, 64 KiB of it, costs at most 20 times what harmless text costs', (piece) => {
    const redactor = createRedactor(SECRETS);
    const hostile = piece.repeat(SIZE / piece.length);
    const [plainMs = NaN, hostileMs = NaN] = fastestMs((text) => redactor.redact(text), [harmless, hostile]);
    expect(hostileMs).toBeLessThan(20 * plainMs);
  });

  it.each([...pieces, '<', '<!--', '<script', '<title>', '{"error":', '&lt;'])(
    '%j in an answer, 64 KiB of it, costs at most 20 times as much to classify',
    (piece) => {
      const redactor = createRedactor(SECRETS);
      const answer = (body: string): unknown => {
        const facts = { phase: 'session_token', step: 'request', usesEgress: false, headers: {} } as const;
        const refused = { ...facts, kind: 'httpRefused', httpStatus: 403, body } as const;
        const failure = classify(refused, 0, cleanserOf(redactor));
        return failure.normalEnd || toAvatarSDKError(failure, redactor);
      };
      const texts = [harmless, piece.repeat(SIZE / piece.length), `<${piece.repeat(SIZE / piece.length)}`];
      const [plainMs = NaN, ...hostileMs] = fastestMs(answer, texts);
      expect(Math.max(...hostileMs)).toBeLessThan(20 * plainMs);
    },
  );
});
