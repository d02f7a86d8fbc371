/**
 * `npm run prove -- bundlers`: the packed package in a small application, which each bundler makes one program of. The program runs in a
 * folder without packages, against the embedded service in another process. A word chooses bundlers by their names.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EXPECTED = '50 keyframes, 1 reconnect';
const LIMIT_MS = 120_000;
/** What `ws` and the package load only where it is installed. docs/troubleshooting.md lists it. */
const OPTIONAL = ['bufferutil', 'utf-8-validate', '@evan/opus', '@echogarden/speex-resampler-wasm/simd'];

if (!existsSync(join(HERE, 'node_modules')))
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE, stdio: 'inherit' });

const work = mkdtempSync(join(tmpdir(), 'avatarkit-bundlers-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const application = installed();
const made = join(work, 'made');
mkdirSync(made);
const require = createRequire(import.meta.url);

/**
 * Each bundles `application` into the file that it is given.
 *
 * @type {Readonly<Record<string, { readonly file: string, readonly bundle: (file: string) => Promise<unknown> }>>}
 */
const BUNDLERS = {
  'esbuild to an ES module': { file: 'esbuild.mjs', bundle: (file) => esbuild(file, 'esm') },
  'esbuild to CommonJS': { file: 'esbuild.cjs', bundle: (file) => esbuild(file, 'cjs') },
  'rollup with node-resolve and commonjs': { file: 'rollup.mjs', bundle: withRollup },
  'rolldown to an ES module': { file: 'rolldown.mjs', bundle: (file) => withRolldown(file, 'esm') },
  'rolldown to CommonJS': { file: 'rolldown.cjs', bundle: (file) => withRolldown(file, 'cjs') },
  'webpack for Node': { file: 'webpack.cjs', bundle: withWebpack },
  'vite, a build for a server': { file: 'vite.mjs', bundle: withVite },
};

const words = process.argv.slice(2);
let [right, wrong] = [0, 0];
for (const [name, { file, bundle }] of Object.entries(BUNDLERS)) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  let said;
  try {
    await bundle(join(made, file));
    said = await speaking(join(made, file));
  } catch (error) {
    said = error instanceof Error ? error.message : String(error);
  }
  const isRight = said === EXPECTED;
  [right, wrong] = isRight ? [right + 1, wrong] : [right, wrong + 1];
  process.stdout.write(`${isRight ? 'right' : 'WRONG'}  ${name}: ${said}\n`);
}
process.stdout.write(`${right} right, ${wrong} wrong\n`);
process.exitCode = wrong === 0 && right > 0 ? 0 : 1;

/** Puts the files of the tarball where an installation puts them, with the dependencies of this clone. Returns the application. */
function installed() {
  const out = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 16 * 1_024 * 1_024,
  });
  const [packed] = /** @type {[{ readonly filename: string }]} */ (JSON.parse(out));
  const modules = join(work, 'node_modules');
  const own = join(modules, 'avatarkit-session');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['xzf', join(work, packed.filename), '-C', own, '--strip-components', '1']);
  /** @type {{ readonly dependencies: object, readonly optionalDependencies: object }} */
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  for (const name of [
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies),
    'is-network-error',
  ]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const file of ['application.mjs', 'service.mjs']) copyFileSync(join(HERE, file), join(work, file));
  return join(work, 'application.mjs');
}

/** Runs a program beside a service of its own, and returns the last line that it prints. */
async function speaking(/** @type {string} */ program) {
  const service = spawn(process.execPath, [join(work, 'service.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ended = once(service, 'exit').then(() => Promise.reject(new Error('the service has ended')));
    ended.catch(() => undefined);
    const [line] = await Promise.race([once(createInterface(service.stdout), 'line'), ended]);
    const out = execFileSync(process.execPath, [program], {
      cwd: made,
      env: { ...process.env, SERVICE: String(line) },
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    return out.trimEnd().split('\n').at(-1) ?? '';
  } finally {
    service.kill();
  }
}

/** @param {string} file @param {'esm' | 'cjs'} format */
async function esbuild(file, format) {
  const { build } = await import('esbuild');
  // The packages are CommonJS and call `require`, which an ES module does not have. The name
  // `createRequire` itself is one of the bundle.
  const banner = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);`;
  await build({
    entryPoints: [application],
    outfile: file,
    bundle: true,
    platform: 'node',
    format,
    external: OPTIONAL,
    logLevel: 'silent',
    ...(format === 'esm' && { banner: { js: banner } }),
  });
}

async function withRollup(/** @type {string} */ file) {
  const { rollup } = await import('rollup');
  const { default: nodeResolve } = await import('@rollup/plugin-node-resolve');
  const { default: commonjs } = await import('@rollup/plugin-commonjs');
  const bundle = await rollup({
    input: application,
    external: [/^node:/, ...OPTIONAL],
    plugins: [
      nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }),
      commonjs({ ignoreDynamicRequires: true }),
    ],
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
    platform: 'node',
    external: OPTIONAL,
    onLog: () => undefined,
  });
  await bundle.write({ file, format, codeSplitting: false });
  await bundle.close();
}

async function withWebpack(/** @type {string} */ file) {
  const webpack = /** @type {typeof import('webpack')} */ (require('webpack'));
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    entry: application,
    output: { path: dirname(file), filename: 'webpack.cjs' },
    externals: Object.fromEntries(
      OPTIONAL.map((name) => [name, `${name.startsWith('@') ? 'import' : 'commonjs'} ${name}`]),
    ),
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
    ssr: { noExternal: true, external: OPTIONAL, target: 'node' },
    build: {
      ssr: application,
      outDir: dirname(file),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'vite.mjs', codeSplitting: false } },
    },
  });
}
