/** The cost to redact a text depends on its length and not on its content. */
import { beforeAll, describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import { cleanserOf, toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import { HARMLESS, HOSTILE_PIECES, NEAR_MATCHES, repeated } from './hostile-texts.js';

/**
 * The shortest processor time of nine runs, because other work of the machine only makes a run slower. The time
 * includes all threads of the process, also the garbage collector.
 *
 * @param enoughMs no further run is made after a run that took less
 */
function leastMs(work: () => unknown, enoughMs = 0): number {
  let least = Infinity;
  for (let round = 0; round < 9 && least >= enoughMs; round += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe('hostile text', () => {
  const SECRETS = [
    `${'k0'.repeat(500)}!`,
    `${'ab'.repeat(20)}XYZ-and-more`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  ];

  const redactor = createRedactor(SECRETS);
  const answer = (body: string): unknown => {
    const facts = { phase: 'session_token', step: 'request', usesEgress: false, headers: {} } as const;
    const refused = { ...facts, kind: 'httpRefused', httpStatus: 403, body } as const;
    const failure = classify(refused, 0, cleanserOf(redactor));
    return failure.normalEnd || toAvatarSDKError(failure, redactor);
  };
  let plainMs = NaN;
  let plainAnswerMs = NaN;
  beforeAll(() => {
    plainMs = leastMs(() => redactor.redact(HARMLESS));
    plainAnswerMs = leastMs(() => answer(HARMLESS));
  });

  it.each([...HOSTILE_PIECES, ...NEAR_MATCHES])(
    '64 KiB of %j cost at most 20 times as much as harmless text, plus 20 ms',
    (piece) => {
      const limitMs = Math.min(20 * plainMs, plainMs + 20);
      const text = repeated(piece);
      expect(leastMs(() => redactor.redact(text), limitMs)).toBeLessThan(limitMs);
    },
  );

  it.each([...HOSTILE_PIECES, ...NEAR_MATCHES, '<', '<!--', '<script', '<title>', '{"error":', '&lt;'])(
    'a response with 64 KiB of %j costs at most 20 times as much to classify',
    (piece) => {
      for (const body of [repeated(piece), `<${repeated(piece)}`])
        expect(leastMs(() => answer(body), 20 * plainAnswerMs)).toBeLessThan(20 * plainAnswerMs);
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
  ])('%s cost at most 10 times as much as short ones at the first text', (_size, characters) => {
    const firstText = (secrets: readonly string[]) => (): unknown =>
      createRedactor(secrets).redact(HARMLESS.slice(0, 1_000));
    const limitMs = 10 * leastMs(firstText(secretsOf(64, 'k7Qx')));
    expect(leastMs(firstText(secretsOf(characters, 'k7Qx')), limitMs)).toBeLessThan(limitMs);
  });

  it(
    'of 16 KiB, each cut and all in one text, cost at most 20 times as much as harmless text',
    { timeout: 120_000 },
    () => {
      const secrets = secretsOf(16_384, 'k7Qx');
      const all = repeated(secretsOf(250, 'k7Qx').join(' '));
      const redact = (text: string): string => createRedactor(secrets).redact(text);
      expect(redact(all)).not.toContain('k7Qxk7Qx');
      const limitMs = 20 * leastMs(() => redact(HARMLESS));
      expect(leastMs(() => redact(all), limitMs)).toBeLessThan(limitMs);
    },
  );
});
