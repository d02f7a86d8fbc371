import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runStorm } from '../../src/storm/run-storm.js';
import { QUICK_STORM, stormTable } from '../../src/storm/storm-scenario.js';
import { runCommand } from './fake-terminal.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storm-'));
});
afterEach(async () => {
  vi.doUnmock('echarts');
  await rm(folder, { recursive: true });
});

/** The expected result: the simulator itself, called directly. */
const { report } = runStorm({ seed: 1, scenario: QUICK_STORM });

describe('storm', () => {
  it('prints the tables, by default for seed 1, and writes no file', async () => {
    const { exitCode, out, complaints } = await runCommand(['storm', '--quick']);
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: [] });
    expect(out).toBe(`${stormTable(report, QUICK_STORM)}\n`);
    expect(out).toContain('100 in each of 10 processes');
    expect(await readdir(folder)).toEqual([]);
  });

  it('--json prints exactly the report, and --svg and --html write the plot', async () => {
    const svg = join(folder, 'storm.svg');
    const html = join(folder, 'storm.html');
    const { exitCode, out } = await runCommand(['storm', '--quick', '--json', '--svg', svg, '--html', html]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual(report);
    const plot = await readFile(svg, 'utf8');
    expect(plot).toMatch(/^<svg [^]*<\/svg>\n$/);
    const page = await readFile(html, 'utf8');
    expect(page).toContain(plot.trimEnd());
    expect(page).toContain('1000 sessions lose a service that is unavailable for 30 seconds');
  });

  it('--seed and --policy are passed to the simulator, with the policy merged over the defaults', async () => {
    const policy = join(folder, 'policy.json');
    await writeFile(policy, '{"maxAttempts":1,"rules":{"connectionClosed":"surface"}}');
    const { out } = await runCommand(['storm', '--quick', '--json', '--seed=-7', '--policy', policy]);
    const { seed, strategies } = JSON.parse(out) as typeof report;
    expect(seed).toBe(-7);
    expect(strategies[0]).toMatchObject({ name: 'avatarkit-session', sheds: { attemptsPerSession: 0 } });
    expect(strategies[2]?.sheds.attemptsPerSession).toBeGreaterThan(1);
  });

  it.each(['--svg', '--html'])('%s without the chart library ends with 1 and one line', async (option) => {
    vi.doMock('echarts', () => {
      throw new Error('Cannot find package');
    });
    const ran = await runCommand(['storm', '--quick', option, join(folder, 'plot')]);
    expect(ran).toMatchObject({
      exitCode: 1,
      out: '',
      complaints: [
        "avatarkit-session: the plot needs the package echarts, which can't be loaded: npm install --save-dev echarts",
      ],
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('storm refuses wrong input with one line, before it starts to compute', () => {
  it.each<[string[], RegExp]>([
    [['--seed', '0.5'], /--seed must be a whole number from .*, got 0\.5/],
    [['--seed', 'x'], /--seed must be a number, got "x"/],
    [['now'], /storm: unexpected argument: "now"/],
    [['--policy', 'no-such-policy.json'], /no-such-policy\.json: no such file/],
    [['--policy', 'package.json'], /package\.json: unknown option retry\.name/],
    [['--svg', 'no-such-folder/storm.svg'], /no-such-folder\/storm\.svg: no such folder/],
    [['--html', 'test'], /test: this is a directory/],
  ])('%j', async (args, message) => {
    const { exitCode, out, complaints } = await runCommand(['storm', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });
});
