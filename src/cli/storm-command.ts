/**
 * `storm`: the simulator with the default policy, or with that of a file, as tables, JSON, plot and page. Checks all that
 * the user gave before the long computation, and formats nothing itself.
 */
import { runStorm } from '../storm/run-storm.js';
import { stormPage } from '../storm/storm-page.js';
import { STORM_MARK } from '../storm/storm-report.js';
import type { StormRun } from '../storm/storm-report.js';
import { QUICK_STORM, STORM } from '../storm/storm-scenario.js';
import { loadChartLibrary, stormSvg } from '../storm/storm-svg.js';
import { stormTable } from '../storm/storm-table.js';
import type { Command } from './command.js';
import { ExitCode } from './exit-code.js';
import { openOutputFile } from './output-file.js';
import type { OutputFile } from './output-file.js';
import { parseNumber, parseOptions, requirePositionals } from './parse-options.js';
import { readPolicyFile } from './policy-file.js';
import { STORM_HELP } from './storm-help.js';
import type { Terminal } from './terminal.js';

const DEFAULT_SEED = 1;
const SEEDS = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, integer: true };

/** The files that were asked for: their paths, or the opened files. */
interface Pictures<Kind> {
  readonly svg?: Kind | undefined;
  readonly html?: Kind | undefined;
}

export const STORM_COMMAND: Command = {
  name: 'storm',
  summary: 'simulate how many sessions come back after an outage, beside other retry formulas',
  help: STORM_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('storm', args, {
      seed: { type: 'string' },
      policy: { type: 'string' },
      json: { type: 'boolean' },
      svg: { type: 'string' },
      html: { type: 'string' },
      force: { type: 'boolean' },
      quick: { type: 'boolean' },
    });
    requirePositionals('storm', positionals, []);
    const seed = parseNumber('--seed', values.seed, SEEDS) ?? DEFAULT_SEED;
    const own = values.policy === undefined ? {} : { policy: (await readPolicyFile(values.policy)).policy };
    if (!(await canDraw(values, terminal))) return ExitCode.failed;

    const pictures = await openPictures(values, values.force === true);
    let storm: StormRun;
    try {
      storm = runStorm({ seed, ...own, scenario: values.quick === true ? QUICK_STORM : STORM });
      await draw(storm, pictures);
    } finally {
      await pictures.svg?.close();
      await pictures.html?.close();
    }
    const { report, scenario } = storm;
    const text = values.json === true ? JSON.stringify(report, null, 2) : stormTable(report, scenario);
    terminal.write(`${text}\n`);
    return ExitCode.fine;
  },
};

/** Whether everything that the pictures need is there; says in one line what is missing. */
async function canDraw({ svg, html }: Pictures<string>, terminal: Terminal): Promise<boolean> {
  if (svg === undefined && html === undefined) return true;
  try {
    await loadChartLibrary();
  } catch (error) {
    terminal.complain(`avatarkit-session: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  return true;
}

/** Before the long computation. */
async function openPictures(paths: Pictures<string>, force: boolean): Promise<Pictures<OutputFile>> {
  const choice = { mark: STORM_MARK, force };
  const svg = paths.svg === undefined ? undefined : await openOutputFile(paths.svg, choice);
  try {
    return { svg, html: paths.html === undefined ? undefined : await openOutputFile(paths.html, choice) };
  } catch (error) {
    await svg?.close();
    throw error;
  }
}

async function draw(storm: StormRun, { svg, html }: Pictures<OutputFile>): Promise<void> {
  if (svg === undefined && html === undefined) return;
  const plot = await stormSvg(storm.courses, storm.scenario);
  await svg?.write(`${plot}\n`);
  await html?.write(stormPage(storm, plot));
}
