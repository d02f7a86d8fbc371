/**
 * Parts of a secret in an id: readable text in base64 or hexadecimal digits, and the beginning or the end of the
 * secret.
 */
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createRedactor, encodedRuns } from '../../../src/core/redaction/redactor.js';

const printable = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 8, maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));

it.each(['base64', 'base64url', 'hex'] as const)('text in %s is found at any position', (encoding) => {
  fc.assert(
    fc.property(printable, fc.stringMatching(/^[a-z]{0,4}[-.:]?$/), (text, before) => {
      const id = `${before}${Buffer.from(text).toString(encoding)}`;
      // Letters before it can change how its first three characters are decoded.
      expect(encodedRuns(id, 4).some((run) => run.includes(text.slice(3)))).toBe(true);
    }),
  );
});

it('almost no random id contains encoded text', () => {
  const found = Array.from({ length: 200 }, () => encodedRuns(`conn_${randomUUID()}`, 8)).flat();
  expect(found.length).toBeLessThan(10);
});

it('an id with any part of a secret, in any form, is redacted like any other text', () => {
  const forms = [
    String,
    ...(['base64', 'base64url', 'hex'] as const).map(
      (form) => (text: string) => Buffer.from(text).toString(form),
    ),
  ];
  const letters = fc.string({
    unit: fc.constantFrom(...Array.from('abcXYZ019_-.+/=~ \u00e9')),
    minLength: 8,
    maxLength: 40,
  });
  const part = fc.record({
    form: fc.constantFrom(...forms),
    twice: fc.boolean(),
    length: fc.integer({ min: 1, max: 40 }),
    ofEnd: fc.boolean(),
  });
  const around = fc.stringMatching(/^[a-z0-9]{0,4}[-.:]?$/);
  fc.assert(
    fc.property(letters, part, around, around, (secret, { form, twice, length, ofEnd }, before, after) => {
      // Fewer than 16 characters of base64 of base64 contain five bytes, and the first and the last can be
      // incomplete.
      fc.pre(!twice || length >= 16);
      const encoded = twice ? (forms[1]?.(form(secret)) ?? '') : form(secret);
      const id = before + (ofEnd ? encoded.slice(-length) : encoded.slice(0, length)) + after;
      const redactor = createRedactor([secret]);
      expect(redactor.redactId(id)).toBe(redactor.redact(id));
    }),
    { numRuns: 3_000 },
  );
});
