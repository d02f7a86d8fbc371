// @ts-check
/** The runtimes of the matrix: how each one is started, what it does not support, and the reasons. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder in which `npm ci` has installed them. */
export const INSTALLED = new URL('runtimes/node_modules/', import.meta.url).pathname;

/**
 * @typedef {object} Runtime
 * @property {string} name the head of its column
 * @property {string} versionOf the package whose version is shown, in `node_modules` of this folder
 * @property {string} program the path of the binary there, for this platform
 * @property {(entry: string) => readonly string[]} words the arguments that run a program
 * @property {'main' | 'thread' | 'workerd'} as
 * @property {Readonly<Record<string, string>>} lacks missing features, with the reasons; scenarios that need them are left out
 * @property {Readonly<Record<string, string>>} [fails] scenarios that fail because of the runtime; it is an error if one of them passes
 */

const PLATFORM = `${process.platform}-${process.arch}`;
/** @param {string} version @returns {Pick<Runtime, 'versionOf' | 'program'>} */
const node = (version) => ({
  versionOf: `node-${version}-${PLATFORM}`,
  program: `node-${version}-${PLATFORM}/bin/node`,
});

/** @type {readonly Runtime[]} */
export const RUNTIMES = [
  { name: 'Node 20', ...node('20'), words: (entry) => ['--expose-gc', entry], as: 'main', lacks: {} },
  {
    name: 'worker thread',
    ...node('20'),
    words: (entry) => ['--expose-gc', entry],
    as: 'thread',
    lacks: {
      signals: 'A worker thread gets no signals; the main thread has to ask it to close its sessions.',
    },
  },
  { name: 'Node 22', ...node('22'), words: (entry) => ['--expose-gc', entry], as: 'main', lacks: {} },
  { name: 'Node 24', ...node('24'), words: (entry) => ['--expose-gc', entry], as: 'main', lacks: {} },
  { name: 'Node 26', ...node('26'), words: (entry) => ['--expose-gc', entry], as: 'main', lacks: {} },
  {
    name: 'Bun',
    versionOf: 'bun',
    program: `@oven/bun-${PLATFORM.replace('arm64', 'aarch64')}/bin/bun`,
    words: (entry) => ['run', entry],
    as: 'main',
    lacks: {},
  },
  {
    name: 'Deno',
    versionOf: 'deno',
    program: `@deno/${PLATFORM.replace(/^(linux-.*)$/, '$1-glibc')}/deno`,
    words: (entry) => ['run', '--quiet', '--allow-all', '--v8-flags=--expose-gc', entry],
    as: 'main',
    lacks: {},
  },
  {
    name: 'workerd',
    versionOf: 'workerd',
    program: `@cloudflare/workerd-${PLATFORM.replace('x64', '64')}/bin/workerd`,
    words: (entry) => ['serve', '--experimental', entry],
    as: 'workerd',
    lacks: {
      headers: 'A WHATWG WebSocket does not show the answer of a refused upgrade.',
      pings: 'A WHATWG WebSocket sends no pings: a loss is detected only when a sentence gets no answer.',
      process:
        'A worker of Cloudflare runs no server, no other program and no native code, and has no files.',
    },
  },
];

/**
 * The path of the binary; undefined if there is none for this platform.
 * @param {Runtime} runtime
 */
export function programOf({ program }) {
  const path = join(INSTALLED, program);
  return existsSync(path) ? path : undefined;
}
