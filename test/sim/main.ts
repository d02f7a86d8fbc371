/**
 * `npm run prove -- sim`: runs many worlds by their seeds, one world with its trace, or one defect that the
 * checks must detect. Exit status 1: a check failed; 2: the arguments are wrong.
 */
import { parseArgs } from 'node:util';
import { ALL_ADVERSARIES } from './adversaries/all-adversaries.js';
import { runInThreads } from './run/run-in-threads.js';
import { runSeeds } from './run/run-seeds.js';
import type { SeedRange } from './run/run-seeds.js';
import { shrink } from './run/shrink.js';
import { ALL_SABOTAGES } from './sabotage/all-sabotages.js';
import type { Sabotage } from './sabotage/sabotage.js';
import { headerOf, traceOf } from './trace.js';
import { drawSchedule } from './world/draw-schedule.js';
import { runSchedule } from './world/run-schedule.js';

const HELP = `npm run prove -- sim [options]
  --seeds N           how many schedules (default 2000; 300 with --sabotage)
  --from S            the first seed (default 1)
  --seed S            one schedule; a failing one is made short
  --adversary NAME    gives it to every world
  --list-adversaries  what worlds are given beside their ordinary troubles
  --trace             prints everything that happens in it
  --list-sabotages    the defects that the checks are proved against
  --sabotage NAME     puts one of them in; ends with status 1 as soon as it is noticed
`;
const DEFAULT_SEEDS = 2_000;
const SABOTAGE_SEEDS = 300;
/** The number of failing seeds that are shrunk and printed in full. */
const MOST_SHRUNK = 3;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      'list-sabotages': { type: 'boolean', default: false },
      sabotage: { type: 'string' },
      adversary: { type: 'string' },
      'list-adversaries': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (values['list-sabotages']) {
    for (const { name, defect } of ALL_SABOTAGES) say(`${name.padEnd(28)} ${defect}`);
    return 0;
  }
  if (values['list-adversaries']) {
    for (const { name, trouble } of ALL_ADVERSARIES) say(`${name.padEnd(28)} ${trouble}`);
    return 0;
  }
  const adversary = adversaryOf(values.adversary);
  const sabotage = sabotageOf(values.sabotage);
  const from = wholeNumber('from', values.from);
  if (values.seed !== undefined)
    return replay(wholeNumber('seed', values.seed), values.trace, sabotage, adversary);
  if (sabotage !== undefined) {
    const count = wholeNumber('seeds', values.seeds ?? String(SABOTAGE_SEEDS));
    return prove(sabotage, { from, count, adversary: adversary ?? sabotage.adversary });
  }
  return search({ from, count: wholeNumber('seeds', values.seeds ?? String(DEFAULT_SEEDS)), adversary });
}

async function search(range: SeedRange): Promise<number> {
  const beganAtMs = performance.now();
  const { schedules, steps, virtualMs, violations } = await runInThreads(range);
  const tookS = (performance.now() - beganAtMs) / 1_000;
  for (const { seed, check, what, atMs } of violations) {
    say(`seed ${seed}: ${check} at ${(atMs / 1_000).toFixed(4)} s: ${what}`);
  }
  for (const { seed } of violations.slice(0, MOST_SHRUNK))
    await replay(seed, false, undefined, range.adversary);
  const perSecond = (schedules / tookS).toFixed(1);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  say(
    `${perSecond} schedules per second: ${tookS.toFixed(1)} s for ${steps} steps in ${hours} virtual hours`,
  );
  say(`schedules ${schedules} · violations ${violations.length}`);
  return violations.length === 0 ? 0 : 1;
}

/** Prints the trace; of a failing schedule, the trace of its shrunk form. */
async function replay(
  seed: number,
  trace: boolean,
  sabotage: Sabotage | undefined,
  adversary: string | undefined,
): Promise<number> {
  const run = await runSchedule(drawSchedule(seed, adversary), sabotage);
  if (trace) say(traceOf(run));
  if (run.violation === undefined) {
    say(`seed ${seed}: ${run.steps} steps, ${run.entries.length} entries, every check holds`);
    return 0;
  }
  const short = await shrink(run, sabotage);
  say(`\nseed ${seed}, made short:`);
  say(trace ? headerOf(short.schedule).join('\n') : traceOf(short));
  return 1;
}

async function prove(sabotage: Sabotage, range: SeedRange): Promise<number> {
  const { schedules, violations } = await runSeeds({ ...range, stops: true }, sabotage);
  const [violation] = violations;
  if (violation === undefined) {
    say(`${sabotage.name}: not noticed in ${schedules} schedules`);
    return 0;
  }
  const { seed, check, what } = violation;
  say(`${sabotage.name}: noticed by ${check} in schedule ${schedules} (seed ${seed}): ${what}`);
  return 1;
}

function sabotageOf(name: string | undefined): Sabotage | undefined {
  if (name === undefined) return undefined;
  const found = ALL_SABOTAGES.find((sabotage) => sabotage.name === name);
  if (found === undefined) throw new RangeError(`--sabotage must be one of --list-sabotages, got ${name}`);
  return found;
}

function adversaryOf(name: string | undefined): string | undefined {
  if (name === undefined || ALL_ADVERSARIES.some((adversary) => adversary.name === name)) return name;
  throw new RangeError(`--adversary must be one of --list-adversaries, got ${name}`);
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new RangeError(`--${name} must be a whole number, got ${text}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n${HELP}`);
  process.exitCode = 2;
}
