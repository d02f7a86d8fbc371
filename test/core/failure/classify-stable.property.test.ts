/** Irrelevant differences do not change the classification: letter case, surrounding text, other headers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { EGRESS_WORDS, TEXT_RULES } from '../../../src/core/failure/server-error-rules.js';
import {
  NOW_EPOCH_MS,
  serverError,
  socketClosed,
  tokenMissing,
  tokenRefused,
  upgradeRefused,
} from './facts.js';

/** Words of the rules, and random strings. */
const words = fc.oneof(fc.constantFrom(...TEXT_RULES.map(({ text }) => text), ...EGRESS_WORDS), fc.string());
/** Characters that are not letters, so that they neither form nor extend a word of the rules. */
const padding = fc.string({ unit: fc.constantFrom(' ', '.', '1', '-', '\t', '—', '|'), maxLength: 8 });
/** Each bit says whether a letter is changed to the other case. */
const cases = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });

function recased(text: string, upper: readonly boolean[]): string {
  const letter = (found: string, at: number): string =>
    upper[at % upper.length] === true ? found.toUpperCase() : found.toLowerCase();
  return text.replace(/[a-zA-Z]/g, letter);
}

const httpStatus = fc.oneof(fc.constantFrom(200, 400, 401, 402, 403, 404, 429, 500, 503), fc.integer());
const json = (members: object): string => JSON.stringify(members);

/** Every kind of message with text from the service. */
const anySaying: fc.Arbitrary<(words: string) => FailureFacts> = fc.oneof(
  fc
    .record({
      closeCode: fc.integer({ min: 999, max: 5_000 }),
      usesEgress: fc.boolean(),
      confirmed: fc.boolean(),
    })
    .map(
      ({ closeCode, ...given }) =>
        (closeReason: string) =>
          socketClosed(closeCode, { ...given, closeReason }),
    ),
  fc.record({ code: fc.constantFrom(0, 3, 14, 16, 400, 4010, 7), usesEgress: fc.boolean() }).map(
    ({ code, usesEgress }) =>
      (message: string) =>
        serverError(code, message, { usesEgress }),
  ),
  fc.tuple(httpStatus, fc.constantFrom('detail', 'title', 'message')).map(
    ([status, name]) =>
      (said: string) =>
        tokenRefused(status, { body: json({ errors: [{ [name]: said }] }) }),
  ),
  httpStatus.map((status) => (said: string) => upgradeRefused(status, { body: json({ message: said }) })),
  httpStatus.map(
    (status) => (said: string) => upgradeRefused(status, { body: json({ error: { message: said } }) }),
  ),
  fc.constant((said: string) => tokenMissing(json({ message: said }))),
);

function codeOf(facts: FailureFacts): string {
  const classification = classify(facts, NOW_EPOCH_MS);
  return classification.normalEnd ? 'normal end' : classification.code;
}

describe('the code of a failure is the same', () => {
  it('in upper case, lower case and mixed case', () => {
    fc.assert(
      fc.property(anySaying, words, cases, (saying, said, upper) => {
        expect(codeOf(saying(recased(said, upper)))).toBe(codeOf(saying(said)));
      }),
      { numRuns: 1_500 },
    );
  });

  it('with any padding before and after its significant words', () => {
    fc.assert(
      fc.property(anySaying, words, padding, padding, (saying, said, before, after) => {
        expect(codeOf(saying(`${before}${said}${after}`))).toBe(codeOf(saying(said)));
      }),
      { numRuns: 1_500 },
    );
  });

  it.each(TEXT_RULES.map(({ text, code }) => [text, code] as const))(
    'for "%s", in every kind of message and in any case: %s',
    (text, code) => {
      fc.assert(
        fc.property(cases, padding, padding, (upper, before, after) => {
          const said = `${before}${recased(text, upper)}${after}`;
          expect(codeOf(socketClosed(1_011, { closeReason: said, usesEgress: true }))).toBe(code);
          expect(codeOf(serverError(0, said, { usesEgress: true }))).toBe(code);
        }),
        { numRuns: 20 },
      );
    },
  );
});

describe('a refusal over HTTP', () => {
  const telling = fc.record(
    {
      'retry-after': fc.constantFrom('30', 'Sun, 06 Nov 1994 08:49:57 GMT', 'soon'),
      'retry-after-ms': fc.constantFrom('1500', 'x'),
      date: fc.constant('Sun, 06 Nov 1994 08:49:37 GMT'),
      'x-request-id': fc.constantFrom('r-1', ''),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const unrelated = fc.dictionary(
    fc.string().filter((name) => !/^(retry-after(-ms)?|date|x-request-id)$/i.test(name)),
    fc.string(),
    { noNullPrototype: true },
  );
  const body = fc.constantFrom('', '{"errors":[{"status":"503","title":"Busy"}]}', '<html>');

  it('means the same for any order of its headers, and with any other headers', () => {
    fc.assert(
      fc.property(
        telling,
        unrelated,
        httpStatus,
        body,
        fc.infiniteStream(fc.boolean()),
        (headers, others, status, text, order) => {
          const all = [...Object.entries(headers), ...Object.entries(others)];
          const shuffled = all.reduce<[string, string][]>(
            (done, entry) => (order.next().value === true ? [entry, ...done] : [...done, entry]),
            [],
          );
          const plain = classify(tokenRefused(status, { headers, body: text }), NOW_EPOCH_MS);
          const noisy = { headers: Object.fromEntries(shuffled), body: text };
          expect(classify(tokenRefused(status, noisy), NOW_EPOCH_MS)).toStrictEqual(plain);
        },
      ),
      { numRuns: 500 },
    );
  });
});
