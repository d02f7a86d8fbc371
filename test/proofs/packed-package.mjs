// @ts-check
/** The packed package, in the form that an installation has. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Packs the package and unpacks the tarball into `modules`. Returns the names of all packages that an
 * installation adds; `npm ci` has installed them in this clone.
 *
 * @param {string} modules a folder `node_modules`
 */
export function unpackInto(modules) {
  const own = join(modules, 'avatarkit-session');
  mkdirSync(own, { recursive: true });
  const out = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', modules], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 16 * 1_024 * 1_024,
  });
  const [packed] = /** @type {[{ readonly filename: string }]} */ (JSON.parse(out));
  const tarball = join(modules, packed.filename);
  execFileSync('tar', ['xzf', tarball, '-C', own, '--strip-components', '1']);
  rmSync(tarball);
  return [...dependenciesOf(own)];
}

function dependenciesOf(/** @type {string} */ folder, names = /** @type {Set<string>} */ (new Set())) {
  const { dependencies, optionalDependencies } =
    /** @type {{ readonly dependencies?: object, readonly optionalDependencies?: object }} */ (
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (names.has(name)) continue;
    names.add(name);
    dependenciesOf(join(ROOT, 'node_modules', name), names);
  }
  return names;
}
