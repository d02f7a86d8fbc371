/**
 * docs/bundlers.md describes the programs of `npm run prove -- bundlers all`. Its table is generated from
 * their options (`test/docs/bundlers-table.ts`). This test checks that the programs use these options, and
 * the rest of the page.
 */
import { describe, expect, it } from 'vitest';
import { OPTIONAL, OPTIONS, ROWS } from '../proofs/bundlers/needs.mjs';
import { readSource } from '../source-imports.js';
import { codeBlocks } from './markdown.js';

const FOLDER = 'test/proofs/bundlers';
const PAGE = readSource('docs/bundlers.md');
/** Read as text, because only the proof installs the bundlers. */
const bundlers = readSource(`${FOLDER}/bundlers.mjs`);
const frameworks = readSource(`${FOLDER}/frameworks.mjs`);

/** The keys of an object in a source. */
function keysOf(source: string, name: string): string[] {
  const [, body = ''] = new RegExp(`^(?:export )?const ${name} = \\{\\n(.*?)^\\};`, 'ms').exec(source) ?? [];
  return [...body.matchAll(/^ {2}(?:'(.+?)'|(\w+)): /gm)].map(([, quoted, plain = '']) => quoted ?? plain);
}

describe('the table', () => {
  it('has each program of the proof in one row, and no other', () => {
    const proved = [...keysOf(bundlers, 'BUNDLERS'), ...keysOf(frameworks, 'FRAMEWORKS')];
    expect(proved.length).toBeGreaterThan(10);
    expect(ROWS.flatMap(({ programs }) => programs).sort()).toEqual(proved.sort());
  });

  it.each(Object.keys(OPTIONS))('shows options for %s that a program of the proof uses', (name) => {
    expect(bundlers + frameworks).toContain(`OPTIONS.${name}`);
  });
});

describe('the optional packages', () => {
  it.each(OPTIONAL)('%s: external in the proof, and on the page', (name) => {
    const [listed = ''] = PAGE.split('## Optional packages')[1]?.split('are loaded only') ?? [];
    expect(listed).toContain(`\`${name.replace(/\/simd$/, '')}\``);
    expect(bundlers).toContain("esbuild(file, 'cjs', OPTIONAL)");
  });
});

describe('the two ways with Jest', () => {
  const [, jest = ''] = PAGE.split('## Jest');
  const [modules = '', commonJs = ''] = jest.split('- As CommonJS');

  it('as ES modules: type, transform and option of Node are those of the proof', () => {
    expect(modules).toContain('`"type": "module"`');
    expect(JSON.parse(readSource(`${FOLDER}/frameworks/jest-modules/package.json`))).toMatchObject({
      type: 'module',
    });
    expect(modules).toContain('`transform: {}`');
    expect(readSource(`${FOLDER}/frameworks/jest-modules/jest.config.js`)).toBe(
      'export default { transform: {} };\n',
    );
    expect(modules).toContain('`NODE_OPTIONS=--experimental-vm-modules`');
    expect(frameworks).toContain("'jest-modules', ['--experimental-vm-modules', JEST");
  });

  it('as CommonJS: the configuration is that of the proof', () => {
    const [block] = codeBlocks(commonJs);
    expect(block?.text.trim()).toBe(readSource(`${FOLDER}/frameworks/jest-commonjs/jest.config.js`).trim());
  });
});
