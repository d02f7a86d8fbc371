/**
 * The results of the matrix match its scenarios and runtimes, and README.md has the number of right results.
 */
import { describe, expect, it } from 'vitest';
import { RUNTIMES } from '../matrix/runtimes.mjs';
import { matrixTable } from '../matrix/matrix-table.mjs';
import { readSource } from '../source-imports.js';
import { runtimeColumns } from './runtimes-table.js';

const HOW_TO_UPDATE = 'npm run matrix -- --write writes test/matrix/results.json';

/** Read as text, because the programs import the package from an installation. */
const scenarios = ['client', 'process'].flatMap((kind) =>
  [...readSource(`test/matrix/program/${kind}-scenarios.mjs`).matchAll(/^ {4}name: '(.*)',$/gm)].map(
    ([, name = '']) => name,
  ),
);

describe('the results of the matrix', () => {
  it('have a column for each runtime', () => {
    expect(
      runtimeColumns().map(({ runtime }) => runtime),
      HOW_TO_UPDATE,
    ).toEqual(RUNTIMES.map(({ name }) => name));
  });

  it('have a row for each scenario, thirty at least', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(30);
    for (const { cells } of runtimeColumns()) expect(Object.keys(cells), HOW_TO_UPDATE).toEqual(scenarios);
  });

  it('are all right, as README.md says', () => {
    const { right, wrong } = matrixTable(runtimeColumns());
    expect(wrong).toBe(0);
    expect(readSource('README.md')).toContain(`all ${right} compatibility checks pass`);
  });
});

describe('the table of the matrix', () => {
  it('counts right and wrong results, and gives each reason a number', () => {
    const { table, right, wrong, problems } = matrixTable([
      { runtime: 'A', version: '1', cells: { first: { ok: true }, second: { error: 'late' } } },
      { runtime: 'B', version: '', cells: { first: { leftOut: 'no' }, second: { leftOut: 'no' } } },
    ]);
    expect([right, wrong, problems]).toEqual([1, 1, ['A, second: late']]);
    expect(table.split('\n')).toEqual([
      '| scenario | A (1) | B |',
      '| --- | --- | --- |',
      '| first | yes | – 1 |',
      '| second | **no** | – 1 |',
      '',
      '1. no',
    ]);
  });
});
