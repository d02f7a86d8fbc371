// @ts-check
/**
 * `npm run release`: checks that the version of package.json may be published, runs the tests and the checks of the package, packs it, and
 * tags the last commit. `-- --dry-run` does all of that but tag, says what would follow, and finds every problem before it ends.
 * `-- --publish` is for `.github/workflows/release.yml`, which a pushed tag starts: it publishes what the tag names, with provenance.
 * `-- --without-tests` leaves the tests out, of a dry run only. A dry run asks nothing of any other machine.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { channelOf, notesOf, releaseChecks, tagOf } from './release-checks.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = 'npm run release -- [--dry-run [--without-tests] | --publish]';

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    'without-tests': { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
  },
});
const dryRun = values['dry-run'];
if ((dryRun && values.publish) || (values['without-tests'] && !dryRun)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

/** @param {string} file */
const read = (file) => readFileSync(`${ROOT}${file}`, 'utf8');
/** @param {readonly string[]} args */
const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trimEnd();
/** @param {string} text */
const lines = (text) => text.split('\n').filter((line) => line !== '');
/** @param {string} text @returns {unknown} */
const parsed = (text) => JSON.parse(text);
/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

const manifest =
  /** @type {{ name: string, version: string, repository: { url: string }, bugs: { url: string } }} */ (
    parsed(read('package.json'))
  );
const lock = /** @type {{ version: string }} */ (parsed(read('package-lock.json')));
const { name, version } = manifest;
const changelog = read('CHANGELOG.md');

let problems = 0;
/** @param {string} what @param {string | undefined} problem */
function report(what, problem) {
  say(problem === undefined ? `right  ${what}` : `wrong  ${what}\n       ${problem}`);
  if (problem !== undefined) problems += 1;
}

const checks = releaseChecks(
  {
    version,
    lockVersion: lock.version,
    changelog,
    readme: read('README.md'),
    repository: manifest.repository.url,
    changed: lines(git('status', '--porcelain')).map((line) => line.slice(3)),
    head: git('rev-parse', 'HEAD'),
    tags: lines(git('tag', '--list')).map((tag) => ({
      name: tag,
      commit: git('rev-parse', `${tag}^{commit}`),
    })),
  },
  values.publish ? 'publish' : 'tag',
);
for (const { name: what, problem } of checks) report(what, problem);
// Tests take minutes, so they are skipped when the version can't be published, except in a dry run, which
// reports everything.
if (problems > 0 && !dryRun) end();

const STEPS = /** @type {const} */ ([
  ['the tests pass', ['npm', 'test']],
  ['publint finds nothing', ['npx', '--no-install', 'publint', '--strict']],
  ['its types are found', ['npx', '--no-install', 'attw', '--pack', '.', '--profile', 'esm-only']],
]);
for (const [what, [program, ...args]] of STEPS) {
  if (program === 'npm' && values['without-tests']) {
    say('left out  the tests (--without-tests)');
    continue;
  }
  // The tests say how far they are; of the others only a failure is worth reading.
  const output = program === 'npm' ? 'inherit' : 'pipe';
  const step = { cwd: ROOT, encoding: /** @type {const} */ ('utf8'), maxBuffer: 2 ** 24 };
  const { status, stdout, stderr } = spawnSync(program, args, { ...step, stdio: ['ignore', output, output] });
  if (status !== 0 && output === 'pipe') say(`${stdout}${stderr}`);
  report(what, status === 0 ? undefined : `${[program, ...args].join(' ')} ended with ${status}`);
}

const packArgs = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
const packOut = execFileSync('npm', packArgs, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 24 });
const [packed] =
  /** @type {{ filename: string, size: number, unpackedSize: number, entryCount: number }[]} */ (
    parsed(packOut)
  );
/** @param {number} bytes */
const mib = (bytes) => `${(bytes / 1_048_576).toFixed(2)} MiB`;
if (packed !== undefined)
  say(
    `packed ${packed.filename}: ${packed.entryCount} files, ${mib(packed.size)}, ${mib(packed.unpackedSize)} unpacked`,
  );

const publish = ['publish', '--provenance', '--access', 'public', '--tag', channelOf(version)];
const tag = ['tag', '--annotate', tagOf(version), '--message', `${name} ${version}`];
if (dryRun) {
  say(
    `\nwould tag:      git ${tag.slice(0, -1).join(' ')} '${tag.at(-1)}' && git push origin ${tagOf(version)}`,
  );
  say(
    `would publish:  npm ${publish.join(' ')}   (by .github/workflows/release.yml, when the tag is pushed)`,
  );
  say(`release notes:  ${lines(notesOf(changelog)).length} lines of CHANGELOG.md`);
}
if (dryRun || problems > 0) end();
if (values.publish) {
  const { status } = spawnSync('npm', publish, { cwd: ROOT, stdio: 'inherit' });
  process.exit(status ?? 1);
}
git(...tag);
say(`tagged ${tagOf(version)}. It is published when it is pushed: git push origin ${tagOf(version)}`);

/** @returns {never} */
function end() {
  say(problems === 0 ? '\nnothing is in the way' : `\n${problems} in the way`);
  process.exit(problems === 0 ? 0 : 1);
}
