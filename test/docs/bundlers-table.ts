/**
 * The table of docs/bundlers.md: the options that the proof gives to bundlers, frameworks and test runners.
 */
import { ROWS } from '../proofs/bundlers/needs.mjs';
import { readSource } from '../source-imports.js';

type Packages = Readonly<Record<string, { readonly version: string } | undefined>>;

/** The packages that the proof installs, by their path in `node_modules`. */
const packages: Packages = { ...packagesIn(''), ...packagesIn('frameworks/') };

function packagesIn(folder: string): Packages {
  const lock = readSource(`test/proofs/bundlers/${folder}package-lock.json`);
  return (JSON.parse(lock) as { packages: Packages }).packages;
}

export function bundlersTable(): string {
  const lines = ROWS.map(({ name, of, needs }) => `| ${versioned(name, of)} | ${needs} |`);
  return ['| with | what it needs |', '| --- | --- |', ...lines].join('\n');
}

/** The name of a row with the installed major version: `Next.js 16, a route handler`. */
function versioned(name: string, of: string | undefined): string {
  if (of === undefined) return name;
  const version = packages[`node_modules/${of}`]?.version;
  if (version === undefined) throw new Error(`the proof does not install ${of}`);
  return name.replace(/^[\w.]+/, `$& ${version.split('.', 1)[0] ?? ''}`);
}
