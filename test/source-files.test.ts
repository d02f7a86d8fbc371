/**
 * Rules for every file of the sources and of the tests: at most 300 lines, and a name that describes its
 * content.
 */
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lineCount, readSource, sourceFiles } from './source-imports.js';

const MAX_LINES = 300;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.property)?(\.test|\.d)?\.tsx?$/;
const NAMES_THAT_SAY_NOTHING = /^(utils?|helpers?|types?|constants?|common|misc)(\.test)?\.ts$/;

describe('files', () => {
  const files = [...sourceFiles('src'), ...sourceFiles('test')];

  it('are at most 300 lines long', () => {
    const long = files
      .map((file) => ({ file, lines: lineCount(readSource(file)) }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(
        ({ file, lines }) =>
          `${file}:${MAX_LINES + 1} has ${lines} lines: ${MAX_LINES} is the limit, one concept per file`,
      );
    expect(long).toEqual([]);
  });

  it('have kebab-case names that describe their content', () => {
    const badlyNamed = files
      .filter((file) => !KEBAB_CASE.test(basename(file)) || NAMES_THAT_SAY_NOTHING.test(basename(file)))
      .map((file) => `${file}: kebab-case, after the one thing in it`);
    expect(badlyNamed).toEqual([]);
  });

  /**
   * In these folders, the name of a test begins with the name of the source that it tests, or a header states
   * its subject.
   */
  it('of tests are named after a source, or state their subject in a header', () => {
    const mirrored = /^test\/(adapters|cli|client|core|emulator|storm|wire)\//;
    const homeless = sourceFiles('test')
      .filter((file) => file.endsWith('.test.ts') && mirrored.test(file))
      .filter((file) => {
        const folder = dirname(file).replace(/^test/, 'src');
        const name = basename(file).replace(/(\.property)?\.test\.ts$/, '');
        const mirrors = sourceFiles(folder).some((source) => {
          const tested = basename(source, '.ts');
          return dirname(source) === folder && (name === tested || name.startsWith(`${tested}-`));
        });
        return !mirrors && !readSource(file).startsWith('/**');
      });
    expect(homeless, 'name it after a source, or begin it with a comment').toEqual([]);
  });
});
