/** The code of `src/core` has no I/O, no clock, no random source, and no types of Node. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { PROJECT, readSource, sourceFiles } from '../source-imports.js';

const coreFiles = sourceFiles('src').filter((file) => file.startsWith('src/core/'));

describe('core', () => {
  it('is compiled without the types of Node and of the DOM', () => {
    const path = `${PROJECT}/src/core/tsconfig.json`;
    const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, `${PROJECT}/src/core`);
    expect(options.types).toEqual([]);
    expect(options.lib).toEqual(['lib.es2023.d.ts']);
    expect(fileNames.length).toBe(coreFiles.length);
  });

  it('reads no clock and no random source', () => {
    const impure = coreFiles
      .filter((file) =>
        /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\b|\bsetTimeout\(/.test(readSource(file)),
      )
      .map((file) => `${file}: time and chance are arguments in core`);
    expect(impure).toEqual([]);
  });
});
