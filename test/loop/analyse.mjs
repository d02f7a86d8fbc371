// @ts-check
/**
 * Types, lint, format and API report of the project, with one type program for the types and the rules of the linter that need them. `--types`
 * checks only the types. What is cached (node_modules/.cache) has a key of everything that it depends on, so it is never stale:
 * a file is linted again when it, or a file that it imports directly or indirectly, has changed. Prints only what is wrong.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join, relative } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { apiDigest, reportApi } from './api-report.mjs';
import { LintCache } from './lint-cache.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;
const CACHE = join(ROOT, 'node_modules/.cache/avatarkit-session');
/** What decides about all files. An entry of another version of them is not found, and removed. */
const DECIDES = [
  'package-lock.json',
  'eslint.config.js',
  'tsconfig.json',
  'src/core/tsconfig.json',
  'src/inspector/page/tsconfig.json',
  'test/inspector/browser/tsconfig.json',
];

// Tests with real time run beside this.
setPriority(19);

const key = createHash('sha256')
  .update([process.version, ...DECIDES.map((file) => readFileSync(join(ROOT, file), 'utf8'))].join('\0'))
  .digest('hex')
  .slice(0, 16);
mkdirSync(join(CACHE, key), { recursive: true });
for (const name of readdirSync(CACHE)) {
  if (/^[0-9a-f]{16}$/.test(name) && name !== key)
    rmSync(join(CACHE, name), { recursive: true, force: true });
}

/** @type {ts.FormatDiagnosticsHost} */
const FORMAT = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => ROOT,
  getNewLine: () => '\n',
};

/**
 * @param {string} project
 * @returns {{ readonly program: ts.Program, readonly wrong: number }}
 */
function checkTypes(project) {
  const info = join(CACHE, key, `${project.replaceAll('/', '-')}.tsbuildinfo`);
  const parsed = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, project),
    { incremental: true, tsBuildInfoFile: info },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.formatDiagnostic(diagnostic, FORMAT));
      },
    },
  );
  if (parsed === undefined) throw new Error(`${project} can't be read`);
  const host = ts.createIncrementalCompilerHost(parsed.options);
  const builder = ts.createIncrementalProgram({ rootNames: parsed.fileNames, options: parsed.options, host });
  const found = [
    ...parsed.errors,
    ...builder.getConfigFileParsingDiagnostics(),
    ...builder.getOptionsDiagnostics(),
    ...builder.getSyntacticDiagnostics(),
    ...builder.getGlobalDiagnostics(),
    ...builder.getSemanticDiagnostics(),
  ];
  builder.emit();
  if (found.length > 0)
    process.stdout.write(ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(found), FORMAT));
  return { program: builder.getProgram(), wrong: found.length };
}

/**
 * @param {ts.Program} program
 * @param {string} name of its cache
 * @returns {Promise<number>} how many messages
 */
async function lint(program, name) {
  const eslint = new ESLint({
    cwd: ROOT,
    overrideConfig: [{ languageOptions: { parserOptions: { programs: [program], projectService: false } } }],
  });
  const cache = new LintCache(join(CACHE, key, `${name}.json`), program, ROOT);
  const files = program.getRootFileNames().filter((file) => /\.m?[jt]sx?$/.test(file));
  const results = await eslint.lintFiles(files.filter((file) => !cache.has(file)));
  const wrong = results.filter(({ messages }) => messages.length > 0);
  cache.add(files.filter((file) => wrong.every(({ filePath }) => filePath !== file)));
  for (const { filePath, messages } of wrong) {
    for (const { line, column, message, ruleId } of messages)
      process.stdout.write(
        `${relative(ROOT, filePath)}:${line}:${column} ${message} (${ruleId ?? 'eslint'})\n`,
      );
  }
  return wrong.length;
}

/** @returns {Promise<number>} */
async function checkFormat() {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules/prettier/bin/prettier.cjs'),
      ...['--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content'],
      ...['--cache-location', join(CACHE, key, 'prettier.json'), '.'],
    ],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return new Promise((resolve, reject) =>
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1)),
  );
}

/**
 * The API reports, beside the package in dist/. That takes eight seconds, so what was right is remembered.
 *
 * @returns {Promise<number>} how many lines are wrong
 */
async function checkApi() {
  const right = join(CACHE, key, 'api');
  const digest = apiDigest();
  if (existsSync(right) && readFileSync(right, 'utf8') === digest) return 0;
  const wrong = await reportApi({ write: false });
  for (const line of wrong) process.stdout.write(`${line}\n`);
  if (wrong.length === 0) writeFileSync(right, digest);
  return wrong.length;
}

async function lintAll() {
  const ofBrowsers = (await lint(page.program, 'lint-page')) + (await lint(browser.program, 'lint-browser'));
  return ofBrowsers + (await lint(all.program, 'lint'));
}

const onlyTypes = process.argv.includes('--types');
const format = onlyTypes ? Promise.resolve(0) : checkFormat();
const core = checkTypes('src/core/tsconfig.json');
// What runs in a browser, or drives one, has the types of the DOM.
const page = checkTypes('src/inspector/page/tsconfig.json');
const browser = checkTypes('test/inspector/browser/tsconfig.json');
const all = checkTypes('tsconfig.json');
const wrong =
  core.wrong +
  page.wrong +
  browser.wrong +
  all.wrong +
  (onlyTypes ? 0 : (await lintAll()) + (await checkApi())) +
  (await format);
process.exit(wrong === 0 ? 0 : 1);
