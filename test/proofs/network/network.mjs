// @ts-check
/**
 * A speaking session whose connection becomes silent without a close, for one second and for longer: two
 * network namespaces, a link between them, and packets that are dropped on both sides. A black hole passes if
 * no keyframe was lost or repeated, and the loss was detected within three seconds. A black hole of one
 * second must be no loss. Usage: npm run prove -- network [seconds]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ENV, whyNoNamespaces } from './namespaces.mjs';

const SECONDS = ['1', '6', '13', '40'];
const words = process.argv.slice(2);
const cases = SECONDS.filter((seconds) => words.length === 0 || words.includes(seconds));

const why = whyNoNamespaces();
if (why !== undefined) {
  process.stdout.write(`left out: black holes between network namespaces (${why})\n0 right, 0 wrong\n`);
  process.exit();
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    // The namespaces of the children, and the services in them, end with the children.
    for (const child of children) child.kill('SIGKILL');
    process.exit(1);
  });
}

const results = await Promise.all(cases.map(run));
const right = results.filter((isRight) => isRight).length;
process.stdout.write(`${right} right, ${results.length - right} wrong\n`);
if (right < results.length || right === 0) process.exit(1);

/** @param {string} seconds */
async function run(seconds) {
  const program = fileURLToPath(new URL('black-hole.mjs', import.meta.url));
  const child = spawn('unshare', ['--net', process.execPath, program, seconds], {
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let output = '';
  let problems = '';
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (problems += text));
  await once(child, 'close');
  children.delete(child);
  const { complaints, noticedMs, keyframes, reconnects, longestOutageMs, story } = resultOf(output, problems);
  const noticed = noticedMs.length === 0 ? 'no loss' : `noticed after ${noticedMs.join(', ')} ms`;
  process.stdout.write(
    `${complaints.length === 0 ? 'right' : 'WRONG'}  black hole of ${seconds.padStart(2)} s: ${noticed}, ` +
      `${keyframes} keyframes, ${reconnects} reconnects, longest outage ${(longestOutageMs / 1_000).toFixed(1)} s\n`,
  );
  for (const complaint of complaints) process.stdout.write(`         ${complaint}\n`);
  for (const line of complaints.length === 0 ? [] : story)
    process.stdout.write(`           event: ${line}\n`);
  return complaints.length === 0;
}

/**
 * @typedef {object} Result
 * @property {string[]} complaints
 * @property {number[]} noticedMs after the beginning of the black hole
 * @property {number} keyframes
 * @property {number} reconnects
 * @property {number} longestOutageMs
 * @property {string[]} story
 */

/** @param {string} output @param {string} problems @returns {Result} */
function resultOf(output, problems) {
  try {
    /** @type {unknown} */
    const result = JSON.parse(output);
    return /** @type {Result} */ (result);
  } catch {
    const complaints = [`the proof itself failed: ${problems.trim().split('\n').slice(0, 8).join(' | ')}`];
    return { complaints, noticedMs: [], keyframes: 0, reconnects: 0, longestOutageMs: 0, story: [] };
  }
}
