/**
 * Programs that run an application of their own kind with the package: a framework, an executable file, test
 * runners.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installNested } from '../install-nested.mjs';
import { OPTIONS } from './needs.mjs';
import { besideService, lastLine, runBesideService } from './place.mjs';

const HERE = fileURLToPath(new URL('frameworks/', import.meta.url));
const MODULES = join(HERE, 'node_modules');
const JEST = join(MODULES, 'jest/bin/jest.js');
const VITEST = join(MODULES, 'vitest/vitest.mjs');
const NEXT = join(MODULES, 'next/dist/bin/next');
const PLATFORM = `${process.platform}-${process.arch.replace('arm64', 'aarch64')}`;
const BUN = join(MODULES, `@oven/bun-${PLATFORM}/bin/bun`);
const LIMIT_MS = 120_000;

export const EXPECTED = '50 keyframes, 1 reconnect';

/** Downloads 545 MB, once. */
export const installFrameworks = () => installNested(HERE);

/**
 * Each gets the folder in which the package is installed, and returns the output of the application.
 *
 * @type {Readonly<Record<string, (work: string) => Promise<string>>>}
 */
export const FRAMEWORKS = {
  'bun build --compile': compiledByBun,
  vitest: (work) => tested(work, 'vitest', [VITEST, 'run']),
  'vitest, pool vmThreads': (work) => tested(work, 'vitest', [VITEST, 'run', '--pool=vmThreads']),
  'jest, ES modules': (work) =>
    tested(work, 'jest-modules', ['--experimental-vm-modules', JEST, '--forceExit']),
  'jest, CommonJS by @swc/jest': (work) => tested(work, 'jest-commonjs', [JEST, '--forceExit']),
  'Next.js, a route handler': (work) => servedByNext(work, {}),
  'Next.js, with serverExternalPackages': (work) =>
    servedByNext(work, { EXTERNAL: OPTIONS.next.serverExternalPackages.join() }),
};

/** An executable file in a folder without other files. */
async function compiledByBun(/** @type {string} */ work) {
  const alone = join(work, 'alone');
  mkdirSync(alone);
  const program = join(alone, 'application');
  const words = ['build', '--compile', join(work, 'application.mjs'), '--outfile', program];
  await promisify(execFile)(BUN, words, { cwd: work, timeout: LIMIT_MS });
  return lastLine(await runBesideService(work, program, [], { cwd: alone }));
}

/**
 * A test that writes its result to a file.
 * @param {string} work
 * @param {string} kind
 * @param {readonly string[]} args
 */
async function tested(work, kind, args) {
  const folder = makeFolder(work, kind);
  copyFileSync(join(HERE, 'speaks.test.js'), join(folder, 'speaks.test.js'));
  const said = join(folder, 'said.txt');
  await runBesideService(work, process.execPath, args, { cwd: folder, env: { SAID: said } });
  return readFileSync(said, 'utf8');
}

/**
 * The production build, and its server.
 * @param {string} work
 * @param {NodeJS.ProcessEnv} more
 */
async function servedByNext(work, more) {
  const folder = makeFolder(work, 'next');
  const env = { ...process.env, ...more, NEXT_TELEMETRY_DISABLED: '1', ROOT: HERE };
  await promisify(execFile)(process.execPath, [NEXT, 'build'], { cwd: folder, env, timeout: LIMIT_MS });
  const port = await freePort();
  return besideService(work, async (service) => {
    const server = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', `${port}`], {
      cwd: folder,
      env: { ...env, SERVICE: service },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      for await (const line of createInterface(server.stdout)) if (line.includes('Ready')) break;
      const answer = await fetch(`http://127.0.0.1:${port}/speak`, { signal: AbortSignal.timeout(LIMIT_MS) });
      return await answer.text();
    } finally {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    }
  });
}

/**
 * An application of one kind in a folder below the frameworks, so that it finds them by Node's module
 * resolution. The package is installed beside it.
 */
function makeFolder(/** @type {string} */ work, /** @type {string} */ kind) {
  const parent = join(HERE, 'reports');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${kind}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(HERE, kind), folder, { recursive: true });
  cpSync(join(work, 'node_modules'), join(folder, 'node_modules'), { recursive: true });
  copyFileSync(join(work, 'speech.mjs'), join(folder, 'speech.js'));
  return folder;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return address.port;
}
