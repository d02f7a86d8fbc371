/** Runs the code of the README as it is shown, in a process of its own, against the built package. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PROJECT, readSource } from '../source-imports.js';
import { codeBlocks } from './markdown.js';

const TIMEOUT_MS = 20_000;
const blocks = codeBlocks(readSource('README.md'));
/** A block, and what the README says that it prints: the `text` block right after it, or nothing. */
const programs = blocks.flatMap(({ language, text, line }, at) => {
  const next = blocks[at + 1];
  return language === 'js' ? [{ line, text, prints: next?.language === 'text' ? next.text : '' }] : [];
});

/** The package by its own name, as in an application: Node resolves it from the project's folder. */
async function run(program: string): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd: PROJECT, timeout: TIMEOUT_MS });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.end(program);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...output };
}

describe('the code in README.md', () => {
  it('is there', () => {
    expect(programs.length).toBeGreaterThanOrEqual(3);
  });

  it.each(programs)('runs and prints what is shown: line $line', async ({ text, prints }) => {
    expect(await run(text)).toEqual({ exitCode: 0, stdout: prints, stderr: '' });
  });
});
