/** The folder of an application that has installed the packed package, and the service that it uses. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, unpackInto } from '../packed-package.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LIMIT_MS = 120_000;

/**
 * Makes a new folder below `parent` with the application, the files of the tarball where an installation puts
 * them, and the dependencies of this clone. The folder is removed when this process ends.
 */
export function makeApplication(/** @type {string} */ parent) {
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(join(parent, 'avatarkit-bundlers-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  const modules = join(work, 'node_modules');
  const names = unpackInto(modules);
  // Copies instead of links, because some of the programs refuse links that lead out of a folder.
  for (const name of names)
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true, dereference: true });
  for (const file of ['application.mjs', 'speech.mjs', 'service.mjs'])
    copyFileSync(join(HERE, file), join(work, file));
  return work;
}

/**
 * Runs a function while a separate service process is running. The service prints its address.
 *
 * @template T
 * @param {string} work
 * @param {(service: string) => Promise<T>} use gets the options of the session, as JSON
 */
export async function besideService(work, use) {
  const service = spawn(process.execPath, [join(work, 'service.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const ended = once(service, 'exit').then(() => Promise.reject(new Error('the service has ended')));
    ended.catch(() => undefined);
    const [line] = await Promise.race([once(createInterface(service.stdout), 'line'), ended]);
    return await use(String(line));
  } finally {
    service.kill();
  }
}

/**
 * Runs a program in a folder, with a separate service process. Returns its whole output.
 *
 * @param {string} work
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ readonly cwd: string, readonly env?: NodeJS.ProcessEnv }} options
 */
export async function runBesideService(work, program, args, { cwd, env = {} }) {
  return besideService(work, async (service) => {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      env: { ...process.env, ...env, SERVICE: service },
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    return stdout;
  });
}

export const lastLine = (/** @type {string} */ text) => text.trimEnd().split('\n').at(-1) ?? '';
