/** What a text costs to redact depends on its length alone, whatever is in it. */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import { createRedactor } from '../../../src/core/failure/redactor.js';
import { cleanserOf, toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import { HARMLESS, HOSTILE_PIECES, NEAR_MATCHES, repeated } from './hostile-texts.js';

describe('hostile text', () => {
  const SECRETS = [
    `${'k0'.repeat(500)}!`,
    `${'ab'.repeat(20)}XYZ-and-more`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  ];
  /**
   * The least of runs in turns, in time of the processor: what the machine does besides makes a run dearer, never cheaper. The sum
   * over all threads of the process, with what the collector of garbage needs.
   */
  function leastMs(work: (text: string) => unknown, texts: readonly string[]): readonly number[] {
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
