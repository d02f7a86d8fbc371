/** Folders of applications that have installed the package, and the compiler for an application in such a folder. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT, readSource } from '../source-imports.js';
import { COMMONJS_FOLDER } from './applications.mjs';
import type { Message } from './applications.mjs';
import { runCompiler } from './run-compiler.mjs';

export interface Installed {
  readonly folder: string;
  readonly remove: () => void;
}

/** Installs the package with its dependencies and the named further packages, without optional peers. */
export function installPackage(further: readonly string[]): Installed {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'avatarkit-types-')));
  const modules = join(folder, 'node_modules');
  const own = join(modules, packageJson.name);
  mkdirSync(own, { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(own, 'package.json'));
  // The compiler reads the declarations only.
  cpSync(join(PROJECT, 'dist'), join(own, 'dist'), {
    recursive: true,
    filter: (path) => !path.endsWith('.js'),
  });
  for (const name of [...Object.keys(packageJson.dependencies), ...further]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(realpathSync(join(PROJECT, 'node_modules', name)), join(modules, name));
  }
  mkdirSync(join(folder, COMMONJS_FOLDER));
  writeFileSync(join(folder, COMMONJS_FOLDER, 'package.json'), '{}\n');
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The options of the compiler, as in a tsconfig.json, for code of the documents and of comments. */
export const DOCUMENTED_OPTIONS = {
  module: 'nodenext',
  target: 'es2022',
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** The application that the documents assume: the package, and all packages of this clone beside it. */
export function installAll(): Installed {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'avatarkit-documented-')));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(PROJECT, 'node_modules')))
    symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name));
  symlinkSync(PROJECT, join(modules, packageJson.name));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The compiler that checks this project. */
const COMPILER = 'typescript-native';
export const COMPILER_VERSION = (
  JSON.parse(readSource(`node_modules/${COMPILER}/package.json`)) as { readonly version: string }
).version;

let projects = 0;

/**
 * The messages of this project's compiler about these files, given by name and text, with options as in a
 * tsconfig.json.
 */
export function compileApplication(
  { folder }: Installed,
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
): Promise<Message[]> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const project = `tsconfig.${(projects += 1)}.json`;
  const config = { compilerOptions: options, files: Object.keys(files) };
  writeFileSync(join(folder, project), JSON.stringify(config));
  return runCompiler(join(PROJECT, 'node_modules', COMPILER, 'bin/tsc'), folder, project);
}
