/**
 * The sample output of `npm start` in README.md is the output of the command of that script. The test runs in
 * real time, for 14 seconds.
 */
import { expect, it } from 'vitest';
import { readSource } from '../source-imports.js';
import { runCommand } from '../cli/fake-terminal.js';
import { codeBlocks } from '../docs/markdown.js';

const SUMMARY = /^keyframes \d+\/\d+ · lost /;

/** The line without the parts that differ from run to run: times, and the ids of connections. */
function lasting(line: string): string {
  return line
    .replace(/^ *\d+\.\d+ s/, 'TIME')
    .replaceAll(/\d+(?:\.\d+)? (?:ms|s)\b/g, 'TIME')
    .replaceAll(/conn-\d+-[0-9a-f]+/g, 'ID');
}

it('the sample of npm start has the output lines of the script, in order', { timeout: 90_000 }, async () => {
  const sample = codeBlocks(readSource('README.md')).find(({ text }) =>
    SUMMARY.test(text.trim().split('\n').at(-1) ?? ''),
  );
  const shown = (sample?.text ?? '')
    .trimEnd()
    .split('\n')
    .filter((line) => line.trim() !== '…');
  const { scripts } = JSON.parse(readSource('package.json')) as { scripts: Record<string, string> };
  const words = / (say .*)$/.exec(scripts['start'] ?? '')?.[1]?.split(' ') ?? [];
  const { exitCode, lines } = await runCommand(words);
  const printed = lines.map(lasting);
  const missing: string[] = [];
  let at = 0;
  for (const line of shown) {
    const found = printed.indexOf(lasting(line), at);
    if (found < 0) missing.push(line);
    else at = found + 1;
  }
  expect(missing, lines.join('\n')).toEqual([]);
  expect(shown.length).toBeGreaterThan(6);
  expect(lines.at(-1)).toBe(shown.at(-1));
  expect(exitCode).toBe(0);
});
