/**
 * The product against the conformance kit: every case of every file. The cases were written from the protocol's rules
 * and not from the code, so the two can disagree; what a case expects is changed only where the rules say otherwise.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { caseFileNames, casesOf, readCaseFile } from './case-file.js';
import { mutantsOf } from './mutants.js';
import { runCase } from './run-case.js';

let ran = 0;
afterAll(() => {
  process.stdout.write(`conformance kit: ${ran} cases in ${files.length} files ran\n`);
});

const files = caseFileNames().map((name) => ({ name, file: readCaseFile(name) }));

describe.each(files)('$name', ({ name, file }) => {
  it.each(casesOf(file).map((subjectCase) => [subjectCase.one.name, subjectCase] as const))(
    '%s',
    async (_title, subjectCase) => {
      ran += 1;
      expect(await runCase(name, subjectCase)).toEqual([]);
    },
  );
});

describe('the kit', () => {
  const cases = files.flatMap(({ name, file }) =>
    casesOf(file).map((subjectCase) => ({ name, subjectCase })),
  );

  it('has cases of every subject, more than 1000 in all', () => {
    const subjects = new Set(cases.map(({ subjectCase }) => subjectCase.subject));
    expect([...subjects].sort()).toEqual([
      'budget',
      'classification',
      'decision',
      'duplicate',
      'gate',
      'gateAccounts',
      'hint',
      'redaction',
      'session',
      'stepLimit',
      'utterance',
      'wire',
    ]);
    expect(cases.length).toBeGreaterThan(1000);
  });

  it('reports a wrong expectation with its file, its case and its path', async () => {
    const [first] = casesOf(readCaseFile('close-codes.json'));
    if (first?.subject !== 'classification') throw new Error('close codes are classified');
    const expectation = { ...first.one.expect, code: 'billingRequired' };
    const wrong = { ...first, one: { ...first.one, expect: expectation } };
    expect(await runCase('close-codes.json', wrong)).toEqual([
      'close-codes.json › 4001: out of credits › expect.code: expected "billingRequired", got "creditsExhausted"',
    ]);
  });

  it('checks every expected value: if one is changed, the case fails', async () => {
    const unnoticed: string[] = [];
    for (const { name, subjectCase } of cases) {
      for (const { mutant, place } of mutantsOf(subjectCase)) {
        const reported = await runCase(name, mutant);
        if (reported.length === 0) unnoticed.push(`${name} › ${subjectCase.one.name} › ${place}`);
      }
    }
    expect(unnoticed).toEqual([]);
  });
});
