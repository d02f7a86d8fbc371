/** Runs the code of README.md and docs/ unchanged, each block in its own process, with the built package. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT, readSource } from '../source-imports.js';
import { installAll } from '../types/installed-package.js';
import type { Installed } from '../types/installed-package.js';
import { codeBlocks } from './markdown.js';
import { PAGES } from './pages.js';

const TIMEOUT_MS = 20_000;

/** A `js` block, and its expected output: the `text` block directly after it, or no output. */
const programs = PAGES.flatMap((page) => {
  const blocks = codeBlocks(readSource(page));
  return blocks.flatMap(({ language, text, line }, at) => {
    const next = blocks[at + 1];
    const prints = next?.language === 'text' ? next.text : '';
    return language === 'js' ? [{ page, line, text, prints }] : [];
  });
});

/**
 * The folder of an application that has installed the package. It is removed at the end, with the files that
 * the code has written.
 */
let application: Installed;
beforeAll(() => {
  application = installAll();
  symlinkSync(join(PROJECT, 'examples'), join(application.folder, 'examples'));
});
afterAll(() => application.remove());

async function run(program: string): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    cwd: application.folder,
    timeout: TIMEOUT_MS,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.end(program);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...output };
}

describe('the code in README.md and docs/', () => {
  it('exists', () => {
    expect(programs.filter(({ page }) => page === 'README.md').length).toBeGreaterThanOrEqual(2);
    expect(programs.length).toBeGreaterThanOrEqual(8);
  });

  it.each(programs)('runs and prints what is shown: $page, line $line', async ({ text, prints }) => {
    expect(await run(text)).toEqual({ exitCode: 0, stdout: prints, stderr: '' });
  });

  it('is marked js if it runs, ts if only its types are checked, and javascript if it is for another package', () => {
    const blocks = PAGES.flatMap((page) => codeBlocks(readSource(page)));
    const languages = ['js', 'ts', 'javascript', 'json', 'sh', 'text', 'mermaid', 'yaml', 'dockerfile'];
    expect(blocks.filter(({ language }) => !languages.includes(language))).toEqual([]);
  });
});
