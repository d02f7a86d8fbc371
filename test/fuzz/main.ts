/**
 * `npm run prove -- fuzz --minutes M --seed S`: sends messages to a session that no service should send, for
 * this time. Scripts that reach new code are mutated again. The limits of processor time and memory of a
 * script depend on its size. Prints the number of findings, and ends with exit code 1 if there are any. Each
 * finding is printed as the shortest script that still shows it, so that it can become a test.
 */
import { inspect, parseArgs } from 'node:util';
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import { CoverageFeedback } from './coverage-feedback.js';
import { mutateScript } from './mutate-script.js';
import { receive } from './receive-path.js';
import { SEED_SCRIPTS } from './seed-scripts.js';
import { shrinkScript } from './shrink-script.js';
import type { Script } from './step.js';

/** The number of runs between two reads of the coverage. One read takes as long as about ten runs. */
const BATCH = 50;
const MAX_FINDINGS = 5;
/**
 * The limits of one script: a constant for the session, and a small multiple of its bytes. In processor time,
 * so that a busy machine does not affect it.
 */
const MAX_MS = 250;
const MAX_MS_PER_BYTE = 0.01;
const MAX_BYTES = 64 * 1_024 * 1_024;
const MAX_BYTES_PER_BYTE = 8;
const RUNS_PER_JUDGEMENT = 3;
const REPORT_EVERY_MS = 30_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed))
  throw new RangeError('--minutes M (above 0), --seed S (a whole number)');

/** An uncaught error. It belongs to the current run. */
let stray: unknown;
process.on('unhandledRejection', (reason) => (stray = reason));
process.on('uncaughtException', (error) => (stray = error));

async function failureOf(script: Script): Promise<string | undefined> {
  let cost: string | undefined;
  // Other work of the machine or a garbage collection can make one run slower, but not all three.
  for (let run = 0; run < RUNS_PER_JUDGEMENT; run += 1) {
    const cpuBefore = process.cpuUsage();
    const bytesBefore = usedBytes();
    const failure = await crashOf(script);
    if (failure !== undefined) return failure;
    const inputBytes = JSON.stringify(script).length;
    const { user, system } = process.cpuUsage(cpuBefore);
    const isSlow = (user + system) / 1_000 > MAX_MS + inputBytes * MAX_MS_PER_BYTE;
    const isLarge = usedBytes() - bytesBefore > MAX_BYTES + inputBytes * MAX_BYTES_PER_BYTE;
    if (!isSlow && !isLarge) return undefined;
    cost = isSlow ? 'takes too long for its size' : 'takes too much memory for its size';
  }
  return cost;
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function crashOf(script: Script): Promise<string | undefined> {
  stray = undefined;
  try {
    await receive(script);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return stray === undefined ? undefined : `uncaught: ${inspect(stray)}`;
}

const random = createSeededRandom(seed);
const coverage = new CoverageFeedback((url) => url.includes('/src/') && !url.includes('node_modules'));
const corpus: Script[] = [...SEED_SCRIPTS];
const findings: string[] = [];
const startedAtMs = Date.now();
let runs = 0;

async function tryOut(script: Script): Promise<void> {
  runs += 1;
  const failure = await failureOf(script);
  if (failure === undefined) return;
  const shortest = await shrinkScript(script, async (other) => (await failureOf(other)) === failure);
  findings.push(failure);
  process.stdout.write(
    `finding after ${runs} runs with seed ${seed}: ${failure}\n${JSON.stringify(shortest)}\n`,
  );
}

/** Runs the scripts again one by one, and keeps those that reach code that no earlier script has reached. */
async function keepThoseWithNewBlocks(batch: readonly Script[]): Promise<void> {
  for (const script of batch) {
    await failureOf(script);
    if ((await coverage.newBlocks(true)) > 0) corpus.push(script);
  }
}

function report(word: string): void {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  const figures = `${runs} runs, corpus of ${corpus.length}, ${coverage.reached} blocks reached`;
  process.stdout.write(`${word} ${seconds} s: ${figures}, findings ${findings.length}\n`);
}

await coverage.start();
for (const script of SEED_SCRIPTS) await tryOut(script);
await coverage.newBlocks(true);

let reportedAtMs = startedAtMs;
while (Date.now() - startedAtMs < minutes * 60_000 && findings.length < MAX_FINDINGS) {
  const batch = Array.from({ length: BATCH }, () => mutateScript(corpus, () => random.next()));
  for (const script of batch) await tryOut(script);
  if ((await coverage.newBlocks(false)) > 0) await keepThoseWithNewBlocks(batch);
  if (Date.now() - reportedAtMs < REPORT_EVERY_MS) continue;
  reportedAtMs = Date.now();
  report('after');
}
coverage.stop();
report('ended after');
process.exitCode = findings.length === 0 ? 0 : 1;
