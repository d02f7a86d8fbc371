// @ts-check
/** The compilers of the proof, with the versions of its lockfile. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const packages = packagesOf(`${FOLDER}package-lock.json`);
const PREFIX = 'node_modules/typescript-';

/** From the oldest to the newest. `name` is the name of the folder in `node_modules`. */
export const COMPILERS = Object.entries(packages)
  .filter(([path]) => path.startsWith(PREFIX))
  .map(([path, { version }]) => ({ name: path.slice('node_modules/'.length), version }))
  .sort((one, other) => one.version.localeCompare(other.version, 'en', { numeric: true }));

/**
 * The version in the form of the documents: `5.6`.
 * @param {string} version
 */
export const shortVersion = (version) => version.split('.', 2).join('.');

/** The major version of `@types/node` in a lockfile. @param {Packages} locked */
const nodeTypesIn = (locked) => locked['node_modules/@types/node']?.version.split('.', 1)[0] ?? '';

/**
 * The versions of the proof and of this clone.
 * @type {Readonly<Record<'newest' | 'oldest', string>>}
 */
export const NODE_TYPES = {
  newest: nodeTypesIn(packages),
  oldest: nodeTypesIn(packagesOf(fileURLToPath(new URL('../../../package-lock.json', import.meta.url)))),
};

/** @typedef {Readonly<Record<string, { readonly version: string }>>} Packages */

/** @param {string} lockfile @returns {Packages} */
function packagesOf(lockfile) {
  return /** @type {{ readonly packages: Packages }} */ (JSON.parse(readFileSync(lockfile, 'utf8'))).packages;
}
