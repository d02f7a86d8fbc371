/**
 * `storm`: the simulator with the default policy, or with that of a file, as tables, JSON, plot and page.
 * Checks all arguments before the long computation, and formats nothing. test/cli/run.test.ts compares the
 * help with the accepted options.
 */
import { resolve } from 'node:path';
import { runStorm } from '../storm/run-storm.js';
import { isStormFile, loadChartLibrary, stormPage, stormSvg } from '../storm/storm-svg.js';
import { QUICK_STORM, STORM, stormTable } from '../storm/storm-scenario.js';
import type { StormRun } from '../storm/storm-scenario.js';
import { ExitCode, InputError, parseNumber, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { openOutputFile } from './named-files.js';
import type { OutputFile } from './named-files.js';
import { readPolicyFile } from './command-choices.js';
import type { Terminal } from './terminal.js';

const STORM_HELP = `avatarkit-session storm [options]

Ten thousand sessions lose a service that is unavailable for 30 seconds: how
soon they are back, and what it costs the service, with the retry policy of
this package and with the delays that others use. Everything is computed, in
virtual time: no socket is opened, and the same seed gives the same figures.
The whole run takes 15 to 30 seconds.

  --seed N         any whole number (default 1)
  --policy FILE    the session's option "retry" as JSON in place of the
                   defaults, as the command policy shows it
  --json           the figures as JSON, without the tables
  --svg FILE       writes the plot: dials per second, and sessions recovered
  --html FILE      writes the plot and the tables as one self-contained page
  --force          replaces those files whatever is in them
  --quick          a tenth of the sessions at a tenth of the service: other
                   figures, sooner

A file that an earlier run wrote is replaced while it is unchanged, any other
only with --force. The plot is drawn by the package echarts, which does not
come with this one: npm install -D echarts. Without a plot it is not needed.

Examples:
  avatarkit-session storm
  avatarkit-session storm --quick --json
  avatarkit-session storm --seed 7 --svg storm.svg --html storm.html
  echo '{"backoff":{"capMs":120000},"maxElapsedMs":600000}' > policy.json
  avatarkit-session storm --policy policy.json
`;

const DEFAULT_SEED = 1;
const SEEDS = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, integer: true };

/** The requested files: their paths, or the opened files. */
interface Pictures<Kind> {
  readonly svg?: Kind | undefined;
  readonly html?: Kind | undefined;
}

export const STORM_COMMAND: Command = {
  name: 'storm',
  summary: 'simulate how many sessions come back after an outage',
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

/** Whether the chart library is installed, if a picture is requested; reports in one line if it is not. */
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

/** Opens the files before the long computation. */
async function openPictures(paths: Pictures<string>, force: boolean): Promise<Pictures<OutputFile>> {
  if (paths.svg !== undefined && paths.html !== undefined && resolve(paths.svg) === resolve(paths.html)) {
    throw new InputError(`--svg and --html name the same file, ${paths.svg}`);
  }
  const choice = { isOwn: isStormFile, force };
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
