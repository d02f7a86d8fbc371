/**
 * `npm run prove -- bundlers`: a small application with the packed package, which each bundler bundles into
 * one program. The program runs in a folder without packages, with the embedded service in another process.
 * `all` also runs the frameworks and test runners; other arguments choose by a part of a name.
 * docs/bundlers.md lists the options that each needs.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXPECTED, FRAMEWORKS, installFrameworks } from './frameworks.mjs';
import { installNested } from '../install-nested.mjs';
import { OPTIONAL, OPTIONS } from './needs.mjs';
import { lastLine, makeApplication, runBesideService } from './place.mjs';

await installNested(fileURLToPath(new URL('.', import.meta.url)));
const work = makeApplication(tmpdir());
const application = join(work, 'application.mjs');
const made = join(work, 'made');
mkdirSync(made);
const require = createRequire(import.meta.url);

/**
 * Each bundles `application` into the given file.
 *
 * @type {Readonly<Record<string, { readonly file: string, readonly bundle: (file: string) => Promise<unknown> }>>}
 */
const BUNDLERS = {
  'esbuild to an ES module': { file: 'esbuild.mjs', bundle: (file) => esbuild(file, 'esm', []) },
  'esbuild to CommonJS, optional packages external': {
    file: 'esbuild.cjs',
    bundle: (file) => esbuild(file, 'cjs', OPTIONAL),
  },
  'rollup with node-resolve and commonjs': { file: 'rollup.mjs', bundle: withRollup },
  'rolldown to an ES module': { file: 'rolldown.mjs', bundle: (file) => withRolldown(file, 'esm') },
  'rolldown to CommonJS': { file: 'rolldown.cjs', bundle: (file) => withRolldown(file, 'cjs') },
  'webpack for Node': { file: 'webpack.cjs', bundle: withWebpack },
  'vite, a build for a server': { file: 'vite.mjs', bundle: withVite },
};

const words = process.argv.slice(2);
const chosen = (/** @type {string} */ name) =>
  words.includes('all') || words.some((word) => name.includes(word));
let [right, wrong] = [0, 0];
const speaking = [];
// The next program is bundled while the ones before it speak.
for (const [name, { file, bundle }] of Object.entries(BUNDLERS)) {
  if (words.length > 0 && !chosen(name)) continue;
  const program = join(made, file);
  const [bundled] = await Promise.allSettled([bundle(program)]);
  speaking.push(judge(name, bundled.status === 'rejected' ? Promise.reject(bundled.reason) : speak(program)));
}
await Promise.all(speaking);
const frameworks = Object.entries(FRAMEWORKS).filter(([name]) => chosen(name));
if (frameworks.length > 0) await installFrameworks();
for (const [name, run] of frameworks) await judge(name, run(work));
process.stdout.write(`${right} right, ${wrong} wrong\n`);
process.exitCode = wrong === 0 && right > 0 ? 0 : 1;

/**
 * Prints whether the output is the expected one.
 * @param {string} name
 * @param {Promise<string>} saying
 */
async function judge(name, saying) {
  const said = await saying.catch((/** @type {unknown} */ error) => {
    const printed = error instanceof Error && 'stdout' in error ? `\n${error.stdout}` : '';
    return `${error}${printed}`;
  });
  const isRight = said === EXPECTED;
  [right, wrong] = isRight ? [right + 1, wrong] : [right, wrong + 1];
  process.stdout.write(`${isRight ? 'right' : 'WRONG'}  ${name}: ${said}\n`);
}

async function speak(/** @type {string} */ program) {
  return lastLine(await runBesideService(work, process.execPath, [program], { cwd: made }));
}

/** @param {string} file @param {'esm' | 'cjs'} format @param {string[]} external */
async function esbuild(file, format, external) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [application],
    outfile: file,
    bundle: true,
    format,
    external,
    logLevel: 'silent',
    ...OPTIONS.esbuild,
    ...(format === 'esm' && { banner: { js: OPTIONS.banner } }),
  });
}

async function withRollup(/** @type {string} */ file) {
  const { rollup } = await import('rollup');
  const { default: nodeResolve } = await import('@rollup/plugin-node-resolve');
  const { default: commonjs } = await import('@rollup/plugin-commonjs');
  const bundle = await rollup({
    input: application,
    plugins: [nodeResolve(OPTIONS.nodeResolve), commonjs(OPTIONS.commonjs)],
    onwarn: () => undefined,
  });
  await bundle.write({ file, format: 'es', inlineDynamicImports: true });
  await bundle.close();
}

/** @param {string} file @param {'esm' | 'cjs'} format */
async function withRolldown(file, format) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: application,
    ...OPTIONS.rolldown,
    onLog: () => undefined,
  });
  await bundle.write({ file, format, codeSplitting: false });
  await bundle.close();
}

async function withWebpack(/** @type {string} */ file) {
  const webpack = /** @type {typeof import('webpack')} */ (require('webpack'));
  const compiler = webpack({
    mode: 'production',
    ...OPTIONS.webpack,
    entry: application,
    output: { path: dirname(file), filename: 'webpack.cjs' },
    optimization: { minimize: false, splitChunks: false, runtimeChunk: false },
  });
  await new Promise((resolve, reject) => {
    compiler?.run((error, stats) => {
      if (error !== null) reject(error);
      else if (stats?.hasErrors() === true) reject(new Error(stats.toString({ all: false, errors: true })));
      else resolve(undefined);
    });
  });
}

async function withVite(/** @type {string} */ file) {
  const { build } = await import('vite');
  await build({
    root: work,
    logLevel: 'silent',
    configFile: false,
    ssr: OPTIONS.vite,
    build: {
      ssr: application,
      outDir: dirname(file),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'vite.mjs', codeSplitting: false } },
    },
  });
}
