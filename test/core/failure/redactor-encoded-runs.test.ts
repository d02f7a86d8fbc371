/** Readable text in an id that is base64 or hexadecimal digits. */
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { encodedRuns } from '../../../src/core/failure/redactor.js';

const printable = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 8, maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));

it.each(['base64', 'base64url', 'hex'] as const)('%s, wherever it begins', (encoding) => {
  fc.assert(
    fc.property(printable, fc.stringMatching(/^[a-z]{0,4}[-.:]?$/), (text, before) => {
      const id = `${before}${Buffer.from(text).toString(encoding)}`;
      // Letters before it may take its first characters with them.
      expect(encodedRuns(id, 4).some((run) => run.includes(text.slice(3)))).toBe(true);
    }),
  );
});

it('random ids hold none', () => {
  const found = Array.from({ length: 200 }, () => encodedRuns(`conn_${randomUUID()}`, 8)).flat();
  expect(found.length).toBeLessThan(10);
});
