/**
 * The messages of this project's compiler about applications that have installed the package: ES modules and
 * CommonJS, each module resolution, with checked declarations of the package (`skipLibCheck: false`), and
 * without the types of Node. `npm run prove -- type-versions` checks other compilers.
 */
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { readSource } from '../source-imports.js';
import { searched } from '../support/search.js';
import { ENTRIES, importing, judge, OF_BROWSERS, PROGRAMS } from './applications.mjs';
import { compileApplication, installPackage } from './installed-package.js';

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

  it.each(programs)('has the expected messages: $resolution', { timeout: 60_000 }, (program) => {
    const files = Object.fromEntries(program.applications.map(({ file, text }) => [file, text]));
    const folder = program.nodeTypes === 'none' ? bare : installed;
    const messages = compileApplication(folder, files, program.options);
    for (const { name, expected, codes, said } of judge(program, ts.version, messages))
      expect(codes, `${name}: ${JSON.stringify(said)}`).toEqual(expected);
  });

  it('in CommonJS with node16 gets the advice to import dynamically', { timeout: 60_000 }, () => {
    const options = { module: 'node16', moduleResolution: 'node16', lib: ['es2022'], skipLibCheck: true };
    expect(compileApplication(installed, { 'app.cts': importing(['.']) }, options)).toEqual([
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
