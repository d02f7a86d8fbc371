// @ts-check
/**
 * Makes the playground: one file of JavaScript and one of CSS. The session, the embedded service and the inspector's view are the sources of the
 * package as they are; only what they import of Node is replaced, by `playground/node-in-browser`.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { ROOT, read } from './document-list.mjs';

const SOURCES = join(ROOT, 'docs/site/playground');
const IN_BROWSER = join(SOURCES, 'node-in-browser');
const require = createRequire(import.meta.url);
const ofPackage = createRequire(join(ROOT, 'package.json'));

/** @type {Readonly<Record<string, string>>} */
const REPLACED = {
  'node:async_hooks': 'runtime.ts',
  'node:buffer': 'buffer.ts',
  'node:crypto': 'crypto.ts',
  'node:diagnostics_channel': 'diagnostics-channel.ts',
  'node:perf_hooks': 'runtime.ts',
  'node:timers': 'timers.ts',
  'node:util': 'runtime.ts',
};

/** Packages that sessions load only where an application has installed them. */
const OPTIONAL = ['@echogarden/speex-resampler-wasm', '@evan/opus'];

/** @type {import('rolldown').Plugin} */
const nodeInBrowser = {
  name: 'node-in-browser',
  resolveId(id) {
    if (OPTIONAL.some((name) => id.startsWith(name))) return { id, external: true };
    const isOfNode = id.startsWith('node:') || id === 'ws';
    return isOfNode ? join(IN_BROWSER, REPLACED[id] ?? 'absent.ts') : null;
  },
};

/** @param {string} files the folder for files that the site has as they are */
export async function buildPlayground(files) {
  const folder = join(files, 'playground-parts');
  mkdirSync(folder, { recursive: true });
  const globals = Object.fromEntries(
    ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'setImmediate'].map((name) => [
      name,
      [join(IN_BROWSER, 'timers.ts'), name],
    ]),
  );
  const runtime = Object.fromEntries(
    ['process', 'Buffer'].map((name) => [name, [join(IN_BROWSER, 'runtime.ts'), name]]),
  );
  const bundle = await rolldown({
    cwd: ROOT,
    input: join(SOURCES, 'main.tsx'),
    platform: 'browser',
    tsconfig: join(SOURCES, 'tsconfig.json'),
    resolve: {
      extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
      // The packages of the site have a preact of their own: a page has one.
      alias: {
        buffer: require.resolve('buffer/'),
        preact: dirname(ofPackage.resolve('preact/package.json')),
      },
    },
    plugins: [nodeInBrowser],
    transform: { inject: /** @type {Record<string, [string, string]>} */ ({ ...globals, ...runtime }) },
    onLog(level, log) {
      // What is missing in the bundle is missing in the page.
      if (level === 'warn') throw new Error(log.message);
    },
  });
  await bundle.write({
    file: join(folder, 'playground.js'),
    format: 'esm',
    minify: true,
    comments: false,
    codeSplitting: false,
  });
  await bundle.close();
  writeFileSync(join(folder, 'playground.css'), styles());
  copyFileSync(join(ROOT, 'examples/audio/speech.wav'), join(folder, 'speech.wav'));
}

/** The inspector's style within the playground: its colours follow the switch of the site, and nothing else of the page has it. */
function styles() {
  const chart = readFileSync(ofPackage.resolve('uplot/dist/uPlot.min.css'), 'utf8');
  const page = read('src/inspector/page/page.css');
  const [light, dark] = [...page.matchAll(/:root \{([^}]+)\}/g)].map(([, body = '']) =>
    [...body.matchAll(/--[\w-]+:[^;]+;/g)].join('\n'),
  );
  const rest = page.slice(page.indexOf('* {'));
  if (light === undefined || dark === undefined || !rest.includes('.card'))
    throw new Error('page.css has another form');
  const own = read('docs/site/playground/playground.css');
  return `:root {\n${light}\n}\n.dark {\n${dark}\n}\n.playground {\n${chart}\n${rest}\n${own}\n}\n`;
}
