/**
 * What the compiler says of applications that have installed the package: modules of both kinds, each way to resolve them, the
 * declarations of the package checked, too (`skipLibCheck: false`), and without the types of Node.
 */
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readSource } from '../source-imports.js';
import { compileApplication, installPackage } from './installed-package.js';

const { ModuleKind, ModuleResolutionKind } = ts;
const NODE16 = { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 };
const NODENEXT = { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext };
const BUNDLER = { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler };

/** Entries whose declarations name those of a peer. The peer's own declarations are not judged here. */
const OF_PEERS = ['./livekit'];
/** Entries for pages: they need the types of a browser, and none of Node. */
const OF_BROWSERS = ['./relay/browser', './inspector/face'];

const entries = Object.entries(packageJson.exports).flatMap(([entry, target]) =>
  typeof target === 'string' ? [] : [{ entry, types: target.types }],
);
const entriesBut = (left: readonly string[]): string[] =>
  entries.map(({ entry }) => entry).filter((entry) => !left.includes(entry));

/** Imports each entry whole, and uses what it gets. */
function importing(names: readonly string[]): string {
  return names
    .map((entry, at) => {
      const specifier = `${packageJson.name}${entry.slice(1)}`;
      return `import * as e${at} from '${specifier}';\nexport const used${at}: typeof e${at} = e${at};\n`;
    })
    .join('');
}

const APPLICATION = `
import { newAvatarSession, AvatarSDKError } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import type { Frame, AvatarSessionOptions } from 'avatarkit-session';

export async function speak(options: AvatarSessionOptions): Promise<number> {
  const service: AvatarEmulator = await AvatarEmulator.start({ faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 3 }] });
  const session = newAvatarSession({ ...options, ...service.sessionOptions });
  session.on('frame', (frame: Frame) => frame.keyframes.length);
  try {
    await session.start();
    return (await session.speak(new Uint8Array(640)).finished).keyframes;
  } catch (error) {
    if (AvatarSDKError.is(error)) return error.willRetry ? 1 : 0;
    throw error;
  }
}
`;

const installed = installPackage(['@types/node', '@opentelemetry/api']);
const bare = installPackage(['@opentelemetry/api']);
afterAll(() => {
  installed.remove();
  bare.remove();
});

describe('an application of TypeScript', () => {
  const text = importing(entriesBut(OF_PEERS)) + APPLICATION;
  const dom = { lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'] };

  it.each<[string, string, ts.CompilerOptions]>([
    ['an ES module, node16', 'app.mts', NODE16],
    ['an ES module, nodenext', 'app.mts', NODENEXT],
    ['a CommonJS module, nodenext', 'app.cts', NODENEXT],
    ['a module for a bundler', 'app.ts', BUNDLER],
    ['an ES module with the types of a browser beside those of Node', 'app.mts', { ...NODENEXT, ...dom }],
    ['an ES module that lists no types', 'app.mts', { ...NODENEXT, types: [] }],
  ])('has no error in itself and in the package: %s', { timeout: 60_000 }, (_, file, options) => {
    expect(compileApplication(installed, { [file]: text }, options)).toEqual([]);
  });

  it('in CommonJS with node16 is told to import dynamically, which works', { timeout: 60_000 }, () => {
    const errors = compileApplication(installed, { 'app.cts': importing(['.']) }, NODE16);
    expect(errors).toEqual([expect.stringMatching(/TS1479 .*'import\("avatarkit-session"\)'/)]);
    const dynamic = `export const made = import('avatarkit-session').then((one) => one.newAvatarSession);\n`;
    expect(compileApplication(installed, { 'app.cts': dynamic }, NODE16)).toEqual([]);
  });
});

describe('without @types/node', () => {
  it('the first that the compiler says is that the types of Node are missing', { timeout: 60_000 }, () => {
    const errors = compileApplication(bare, { 'app.mts': importing(['.']) }, NODENEXT);
    expect(errors.filter((error) => error.includes('TS2688'))).toEqual([
      `node_modules/avatarkit-session/dist/index.d.ts: TS2688 Cannot find type definition file for 'node'.`,
    ]);
  });

  it('the entries for pages have no error', { timeout: 60_000 }, () => {
    const options = { ...BUNDLER, types: [], lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] };
    expect(compileApplication(bare, { 'page.ts': importing(OF_BROWSERS) }, options)).toEqual([]);
  });

  it.each(entries)('$entry says that it needs them, if it is for Node', ({ entry, types }) => {
    const needs = readSource(types).startsWith('/// <reference types="node" preserve="true" />\n');
    expect(needs).toBe(!OF_BROWSERS.includes(entry));
  });
});
