/** The benchmarks run and print their results. The test does not check speed. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AUDIO_ROWS } from '../docs/bench-tables.js';

const program = fileURLToPath(new URL('run.mjs', import.meta.url));
const run = promisify(execFile);

interface Row {
  readonly subject: string;
  readonly who: string;
  readonly value: number | null;
}

describe('npm run bench', () => {
  it('measures every subject, and prints the rows as JSON', async () => {
    const { stdout } = await run(process.execPath, [program, '--quick', '--json']);
    const rows = JSON.parse(stdout) as Row[];
    expect(rows.filter(({ value }) => typeof value !== 'number')).toEqual([]);
    const subjects = new Set(rows.map(({ subject }) => subject.split(/[ ,:]/)[0]));
    const words = [
      'decode',
      '20',
      'open',
      'phase',
      'receive',
      'reconnect',
      'refused',
      'round',
      'send',
      'speak',
    ];
    expect(words.filter((word) => !subjects.has(word))).toEqual([]);
    expect(rows.map(({ who }) => who)).toEqual(expect.arrayContaining(['partysocket', 'OpenTelemetry']));
  }, 120_000);

  it('prints a table, of one subject if an argument names it', async () => {
    const { stdout } = await run(process.execPath, [program, '--quick', 'decode']);
    expect(stdout.split('\n')[0]).toMatch(/^\| what +\| who +\| figure +\| raw +\| ratio +\| from … to +\|$/);
    expect(stdout).toMatch(/^\| decode a keyframe, 10 a message +\| ours, typed/m);
  }, 120_000);

  it('has the rows of audio, which docs/performance.md shows', async () => {
    const { stdout } = await run(process.execPath, [program, '--quick', '--json', '--audio']);
    const subjects = (JSON.parse(stdout) as Row[]).map(({ subject }) => subject);
    expect(AUDIO_ROWS.filter(([, subject]) => !subjects.includes(subject))).toEqual([]);
  }, 120_000);

  it('refuses unknown arguments', async () => {
    await expect(run(process.execPath, [program, 'nonsense'])).rejects.toMatchObject({ code: 2 });
  });
});
