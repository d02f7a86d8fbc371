/** What a text costs to redact depends on its length alone, whatever is in it. */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import { cleanserOf, toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import { HARMLESS, HOSTILE_PIECES, NEAR_MATCHES, repeated } from './hostile-texts.js';

/**
 * The least of runs in turns, in time of the processor: what the machine does besides makes a run dearer, never cheaper. The sum
 * over all threads of the process, with what the collector of garbage needs.
 */
function leastMs<T>(work: (text: T) => unknown, texts: readonly T[]): readonly number[] {
  const least = texts.map(() => Infinity);
  for (let round = 0; round < 9; round += 1) {
    texts.forEach((text, index) => {
      const before = process.cpuUsage();
      work(text);
      const { user, system } = process.cpuUsage(before);
      least[index] = Math.min(least[index] ?? Infinity, (user + system) / 1_000);
    });
  }
  return least;
}

describe('hostile text', () => {
  const SECRETS = [
    `${'k0'.repeat(500)}!`,
    `${'ab'.repeat(20)}XYZ-and-more`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  ];

  it.each([...HOSTILE_PIECES, ...NEAR_MATCHES])(
    '%j, 64 KiB of it, costs at most 20 times what harmless text costs, and at most 20 ms more',
    (piece) => {
      const redactor = createRedactor(SECRETS);
      const texts = [HARMLESS, repeated(piece)];
      const [plainMs = NaN, hostileMs = NaN] = leastMs((text) => redactor.redact(text), texts);
      expect(hostileMs).toBeLessThan(20 * plainMs);
      expect(hostileMs - plainMs).toBeLessThan(20);
    },
  );

  it.each([...HOSTILE_PIECES, ...NEAR_MATCHES, '<', '<!--', '<script', '<title>', '{"error":', '&lt;'])(
    '%j in an answer, 64 KiB of it, costs at most 20 times as much to classify',
    (piece) => {
      const redactor = createRedactor(SECRETS);
      const answer = (body: string): unknown => {
        const facts = { phase: 'session_token', step: 'request', usesEgress: false, headers: {} } as const;
        const refused = { ...facts, kind: 'httpRefused', httpStatus: 403, body } as const;
        const failure = classify(refused, 0, cleanserOf(redactor));
        return failure.normalEnd || toAvatarSDKError(failure, redactor);
      };
      const texts = [HARMLESS, repeated(piece), `<${repeated(piece)}`];
      const [plainMs = NaN, ...hostileMs] = leastMs(answer, texts);
      expect(Math.max(...hostileMs)).toBeLessThan(20 * plainMs);
    },
  );
});

describe('256 secrets', () => {
  const secretsOf = (characters: number, part: string): readonly string[] =>
    Array.from({ length: 256 }, (_, nth) =>
      `${nth}${part.repeat(characters / part.length)}`.slice(0, characters),
    );

  it.each([
    ['of 1 KiB', 1_024],
    ['of 16 KiB', 16_384],
  ])('%s cost at most 10 times what short ones cost at the first text', (_size, characters) => {
    const [shortMs = NaN, longMs = NaN] = leastMs(
      (secrets) => createRedactor(secrets).redact(HARMLESS.slice(0, 1_000)),
      [secretsOf(64, 'k7Qx'), secretsOf(characters, 'k7Qx')],
    );
    expect(longMs).toBeLessThan(10 * shortMs);
  });

  it('of 16 KiB, all of them cut and within one text, cost at most 20 times what harmless text costs', () => {
    const secrets = secretsOf(16_384, 'k7Qx');
    const all = repeated(secretsOf(250, 'k7Qx').join(' '));
    const redact = (text: string): string => createRedactor(secrets).redact(text);
    expect(redact(all)).not.toContain('k7Qxk7Qx');
    const [plainMs = NaN, hostileMs = NaN] = leastMs(redact, [HARMLESS, all]);

    expect(hostileMs).toBeLessThan(20 * plainMs);
  });
});
