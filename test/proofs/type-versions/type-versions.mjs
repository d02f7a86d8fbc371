// @ts-check
/**
 * `npm run prove -- type-versions`: the messages of the oldest and the newest compiler about applications
 * that have installed the packed package. `all` also runs the compilers between them; other arguments choose
 * versions. The applications and the expected messages are in `test/types/applications.mjs`;
 * docs/typescript.md has the table.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { COMMONJS_FOLDER, COMMON_OPTIONS, judge, PROGRAMS } from '../../types/applications.mjs';
import { runCompiler } from '../../types/run-compiler.mjs';
import { installNested } from '../install-nested.mjs';
import { ROOT, unpackInto } from '../packed-package.mjs';
import { COMPILERS, FOLDER } from './compilers.mjs';
import { cellOf, versionTable } from './version-table.mjs';

/** @typedef {import('../../types/applications.mjs').Program} Program */

const words = process.argv.slice(2);
const chosen = COMPILERS.filter(({ version }, at) => {
  if (words.length > 0) return words.includes('all') || words.some((word) => version.startsWith(word));
  return at === 0 || at === COMPILERS.length - 1;
});

await installNested(FOLDER);
const work = makeApplications();
/** @type {Map<string, string>} */
const cells = new Map();
let [right, wrong] = [0, 0];

// A peer with many packages takes as long as all other programs together. Without an argument, only the
// newest compiler checks it.
const newest = COMPILERS.at(-1);
const jobs = chosen.flatMap((compiler) =>
  PROGRAMS.map((program, at) => ({ compiler, program, at })).filter(
    ({ program }) => program.peer === undefined || words.length > 0 || compiler === newest,
  ),
);
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await prove(job);
  }),
);
const versions = chosen.map(({ version }) => version);
process.stdout.write(
  `${versionTable(versions, (program, at, version) => cells.get(keyOf(program, at, version)) ?? '')}\n`,
);
process.stdout.write(`${right} right, ${wrong} wrong\n`);
process.exitCode = wrong === 0 && right > 0 ? 0 : 1;

/** @param {{ compiler: { name: string, version: string }, program: Program, at: number }} job */
async function prove({ compiler: { name, version }, program, at }) {
  const messages = await compile(name, program, `tsconfig.${at}.json`);
  for (const [file, { name, expected, codes, said }] of judge(program, version, messages).entries()) {
    const isRight = codes.join() === expected.join();
    [right, wrong] = isRight ? [right + 1, wrong] : [right, wrong + 1];
    cells.set(keyOf(program, file, version), isRight ? cellOf(codes) : `**${cellOf(codes)}**`);
    if (isRight) continue;
    process.stdout.write(
      `WRONG  TypeScript ${version}, ${program.resolution}, ${name}: not ${cellOf(expected)}, but\n`,
    );
    for (const { file, code, text } of said.filter(({ code }) => !expected.includes(code)).slice(0, 20))
      process.stdout.write(`  ${file} ${code} ${text}\n`);
  }
}

/** @param {Program} program @param {number} at @param {string} version */
function keyOf({ resolution }, at, version) {
  return [resolution, at, version].join('\0');
}

/**
 * All messages of a compiler about a program.
 * @param {string} compiler
 * @param {Program} program
 * @param {string} project
 */
function compile(compiler, { nodeTypes }, project) {
  return runCompiler(join(FOLDER, 'node_modules', compiler, 'bin/tsc'), join(work, nodeTypes), project);
}

/**
 * Makes a folder for each choice of `@types/node`, with the packed package, the dependencies of its
 * installation, and the programs that need it.
 */
function makeApplications() {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'avatarkit-type-versions-')));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  const installed = join(work, 'none/node_modules');
  // Copies instead of links: a linked package would find the packages of this clone.
  for (const name of [...unpackInto(installed), '@opentelemetry/api'])
    cpSync(join(ROOT, 'node_modules', name), join(installed, name), { recursive: true, dereference: true });
  for (const folder of ['newest', 'oldest'])
    cpSync(join(work, 'none'), join(work, folder), { recursive: true });
  link(join(work, 'newest'), FOLDER, '@types/node');
  for (const name of ['@types/node', '@types/json-schema', '@livekit/agents', 'livekit-server-sdk'])
    link(join(work, 'oldest'), ROOT, name);
  for (const [at, { nodeTypes, options, applications }] of PROGRAMS.entries()) {
    const folder = join(work, nodeTypes);
    mkdirSync(join(folder, COMMONJS_FOLDER), { recursive: true });
    writeFileSync(join(folder, COMMONJS_FOLDER, 'package.json'), '{}\n');
    for (const { file, text } of applications) writeFileSync(join(folder, file), text);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(
      join(folder, `tsconfig.${at}.json`),
      JSON.stringify({
        compilerOptions: { ...COMMON_OPTIONS, ...options },
        files: applications.map(({ file }) => file),
      }),
    );
  }
  return work;
}

/** @param {string} folder @param {string} from @param {string} name */
function link(folder, from, name) {
  const path = join(folder, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(join(from, 'node_modules', name)), path);
}
