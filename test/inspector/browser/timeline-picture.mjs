// @ts-check
/**
 * Makes the pictures of docs/flight-recorder.md: the run of `npm start`, recorded and drawn. Usage: `npm run
 * prove -- timeline-picture [FOLDER]`
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../../..', import.meta.url).pathname;
const FOLDER = process.argv[2] ?? join(ROOT, 'docs/pictures');

/** @param {readonly string[]} args */
const command = (...args) =>
  execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { stdio: 'inherit' });

const folder = mkdtempSync(join(tmpdir(), 'timeline-'));
const record = join(folder, 'npm-start.jsonl');
command(
  'say',
  join(ROOT, 'examples/audio/speech.wav'),
  '--faults',
  'demo',
  '--seed',
  '2',
  '--quiet',
  '--record',
  record,
);
for (const [name, theme] of [
  ['timeline', 'light'],
  ['timeline-dark', 'dark'],
])
  command('timeline', record, '--svg', join(FOLDER, `${name}.svg`), '--theme', `${theme}`, '--force');
rmSync(folder, { recursive: true });
