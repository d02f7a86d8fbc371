/**
 * The messages of this project's compiler about applications that have installed the package: ES modules and
 * CommonJS, each module resolution, with checked declarations of the package (`skipLibCheck: false`), and
 * without the types of Node. `npm run prove -- type-versions` checks other compilers.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { readSource } from '../source-imports.js';
import { searched } from '../support/search.js';
import { COMMON_OPTIONS, ENTRIES, importing, judge, OF_BROWSERS, PROGRAMS } from './applications.mjs';
import { compileApplication, COMPILER_VERSION, installPackage } from './installed-package.js';

const installed = installPackage(['@types/node', '@opentelemetry/api']);
const bare = installPackage(['@opentelemetry/api']);
afterAll(() => {
  installed.remove();
  bare.remove();
});

describe('an application of TypeScript', () => {
  // `npm test` skips the module resolutions that differ least, and the peer with many packages.
  const few = ['`nodenext`', '`nodenext`, without `@types/node`'];
  const programs = PROGRAMS.filter(({ peer, resolution }) =>
    searched(peer === undefined, few.includes(resolution)),
  );

  it.each(programs)('has the expected messages: $resolution', { timeout: 60_000 }, async (program) => {
    const files = Object.fromEntries(program.applications.map(({ file, text }) => [file, text]));
    const folder = program.nodeTypes === 'none' ? bare : installed;
    const messages = await compileApplication(folder, files, { ...COMMON_OPTIONS, ...program.options });
    for (const { name, expected, codes, said } of judge(program, COMPILER_VERSION, messages))
      expect(codes, `${name}: ${JSON.stringify(said)}`).toEqual(expected);
  });

  it('in CommonJS with node16 gets the advice to import dynamically', { timeout: 60_000 }, async () => {
    const options = {
      ...COMMON_OPTIONS,
      module: 'node16',
      moduleResolution: 'node16',
      lib: ['es2022'],
      skipLibCheck: true,
    };
    const messages = await compileApplication(installed, { 'app.cts': importing(['.']) }, options);
    expect(messages).toEqual([
      expect.objectContaining({
        code: 'TS1479',
        text: expect.stringContaining(`'import("avatarkit-session")'`) as string,
      }),
    ]);
  });
});

describe('the declarations', () => {
  it.each(ENTRIES)('of $entry refer to the types of Node, if it is for Node', ({ entry, types }) => {
    const needs = readSource(types).startsWith('/// <reference types="node" preserve="true" />\n');
    expect(needs).toBe(!OF_BROWSERS.includes(entry));
  });
});
