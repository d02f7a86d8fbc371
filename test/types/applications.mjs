// @ts-check
/**
 * Applications that import and use each public entry, and the messages of a compiler about each.
 * `test/types/consumer.test.ts` compares them with the compiler of this project, `npm run prove --
 * type-versions` with all that the package supports, and docs/typescript.md shows them as a table.
 */
import { readFileSync } from 'node:fs';

const manifest =
  /** @type {{ readonly name: string, readonly exports: Readonly<Record<string, string | { readonly types: string }>> }} */ (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  );

/** Entries whose declarations import a peer dependency that has many packages of its own. */
const OF_PEERS = ['./livekit'];
/** Entries for browser pages. They need the types of a browser, and no types of Node. */
export const OF_BROWSERS = ['./relay/browser', './inspector/face'];

/** Each entry with declarations, and its file. */
export const ENTRIES = Object.entries(manifest.exports).flatMap(([entry, target]) =>
  typeof target === 'string' ? [] : [{ entry, types: target.types }],
);
const OF_NODE = ENTRIES.map(({ entry }) => entry).filter((entry) => !OF_PEERS.includes(entry));

const specifierOf = (/** @type {string} */ entry) => `${manifest.name}${entry.slice(1)}`;

/**
 * The source of a module that imports each of these entries completely.
 * @param {readonly string[]} entries
 */
export const importing = (entries) =>
  entries
    .map((entry, at) => {
      const text = `import * as e${at} from '${specifierOf(entry)}';`;
      return `${text}\nexport const used${at}: typeof e${at} = e${at};\n`;
    })
    .join('');

/** Uses exports of each entry, so that generic types, overloads and inferred types are also checked. */
const USING = `
import { newAvatarSession, AvatarSDKError, isUtteranceError } from 'avatarkit-session';
import type { Frame, AvatarSessionOptions } from 'avatarkit-session';
import { AvatarEmulator, createVirtualClock } from 'avatarkit-session/emulator';
import { fromBase64, readWav, resample } from 'avatarkit-session/audio';
import { createSessionPool } from 'avatarkit-session/pool';
import { createRelay, createRelayHub } from 'avatarkit-session/relay';
import { connectRelay, readKeyframes } from 'avatarkit-session/relay/browser';
import { createRedisCoordinator } from 'avatarkit-session/redis';
import { startInspector } from 'avatarkit-session/inspector';
import { blendPoses } from 'avatarkit-session/inspector/face';
import { instrument } from 'avatarkit-session/opentelemetry';
import { createRecorder } from 'avatarkit-session/recorder';

export async function speak(options: AvatarSessionOptions): Promise<number> {
  const clock = createVirtualClock();
  const service = await AvatarEmulator.start({ clock, faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 3 }] });
  const session = newAvatarSession({ ...options, ...service.sessionOptions });
  session.on('frame', (frame: Frame) => frame.keyframes.length).on('error', ({ code }) => code);
  try {
    await session.start();
    const { pcm, sampleRateHz } = await readWav(new Uint8Array(44));
    await session.speak(resample(pcm, { fromHz: sampleRateHz, toHz: 16_000 })).finished;
    return (await session.speak(fromBase64([{ delta: '' }], ({ delta }) => delta)).finished).keyframes;
  } catch (error) {
    if (isUtteranceError(error)) return error.outcome === 'expired' ? 1 : 2;
    if (AvatarSDKError.is(error)) return error.willRetry ? 3 : 0;
    throw error;
  }
}

export const newPool = (options: AvatarSessionOptions) => createSessionPool({ session: () => options, size: 2 });
export const newRelays = (options: AvatarSessionOptions) =>
  createRelayHub((socket) => createRelay({ session: newAvatarSession(options), socket, dialect: 'binary' }));
export const newPage = (url: string) => connectRelay({ url, onFrame: ({ raw }) => readKeyframes(raw).length });
export const newFleet = createRedisCoordinator;
export const watch = async (path: string) => [await startInspector(), instrument(), createRecorder({ path })] as const;
export const halfway = blendPoses({}, {}, 0.5);
`;

const DYNAMIC = `
import type { Frame } from 'avatarkit-session' with { 'resolution-mode': 'import' };
export const made = import('avatarkit-session').then(({ newAvatarSession }) => newAvatarSession);
export const lengthOf = (frame: Frame): number => frame.keyframes.length;
`;
const TYPE_ONLY = `
import type { Frame } from 'avatarkit-session';
export const lengthOf = (frame: Frame): number => frame.keyframes.length;
`;

const CALLS = `
import { newAvatarSession } from 'avatarkit-session';
newAvatarSession.name;
`;
const REQUIRES = `
import avatarkit = require('avatarkit-session');
export = avatarkit.newAvatarSession;
`;

/** Files in this folder are CommonJS: its package.json has no `"type": "module"`. */
export const COMMONJS_FOLDER = 'commonjs';

/**
 * A version of the compiler as a number that can be compared: 5.6 is 506.
 * @param {string} version
 */
export function versionNumber(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 100 + minor;
}

/**
 * @typedef {object} Application a file, which is a row of the table
 * @property {string} name
 * @property {string} file
 * @property {string} text
 * @property {(version: number) => readonly string[]} says the codes of the expected messages in this file; for the first file of
 *   a program, also those that are in no file of the program, but in declarations or in the configuration
 */
/**
 * @typedef {object} Program the files that a compiler checks in one run
 * @property {string} resolution
 * @property {'newest' | 'oldest' | 'none'} nodeTypes the installed version of `@types/node`
 * @property {'livekit'} [peer] a peer dependency that is also installed
 * @property {Readonly<Record<string, unknown>>} options as in a tsconfig.json
 * @property {readonly Application[]} applications
 * @property {readonly string[]} [consequences] codes of messages in the declarations that another message causes
 */

const NOTHING = () => /** @type {readonly string[]} */ ([]);
const USED = importing(OF_NODE) + USING;
const IMPORTS = USED.match(/^import /gm)?.length ?? 0;
const TYPE_IMPORTS = USED.match(/^import type /gm)?.length ?? 0;

/** @param {number} count @param {string} code */
const times = (count, code) => Array.from({ length: count }, () => code);

/** Files of a project with `node16` or `nodenext`. @param {(version: number) => boolean} requires whether `require` takes an ES module */
const modulesOfBothKinds = (requires) => {
  /** @param {number} imports @param {number} typeImports @param {number} version */
  const refused = (imports, typeImports, version) => {
    if (requires(version)) return [];
    // Version 5.6 has one message for both.
    const ofTypes = version < 507 ? 'TS1479' : 'TS1541';
    return [...times(imports, 'TS1479'), ...times(typeImports, ofTypes)];
  };
  return [
    { name: 'ES module', file: 'app.mts', text: USED, says: NOTHING },
    {
      name: 'CommonJS',
      file: 'app.cts',
      text: USED,
      says: (/** @type {number} */ version) => refused(IMPORTS - TYPE_IMPORTS, TYPE_IMPORTS, version),
    },
    {
      name: 'CommonJS, `import type`',
      file: 'type-only.cts',
      text: TYPE_ONLY,
      says: (/** @type {number} */ version) => refused(0, 1, version),
    },
    {
      name: "CommonJS, `import()` and `import type … with { 'resolution-mode': 'import' }`",
      file: 'dynamic.cts',
      text: DYNAMIC,
      says: NOTHING,
    },
  ];
};

const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const ES2023 = ['es2023', 'esnext.disposable'];

/** Options of all programs. */
export const COMMON_OPTIONS = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  declaration: true,
  noEmit: true,
  skipLibCheck: false,
};

/** @type {readonly Program[]} */
export const PROGRAMS = [
  {
    resolution: '`node16`, `types: []`',
    nodeTypes: 'newest',
    options: { module: 'node16', moduleResolution: 'node16', lib: ['es2022'], types: [] },
    applications: modulesOfBothKinds(() => false),
  },
  {
    resolution: '`nodenext`',
    nodeTypes: 'oldest',
    options: { ...NODENEXT, lib: ES2023 },
    // Since 5.8, `nodenext` means a Node whose `require` accepts an ES module.
    applications: modulesOfBothKinds((version) => version >= 508),
  },
  {
    resolution: '`nodenext`, `verbatimModuleSyntax: true`',
    nodeTypes: 'oldest',
    options: { ...NODENEXT, lib: ES2023, verbatimModuleSyntax: true },
    applications: [
      {
        name: 'a package without `"type": "module"`',
        file: `${COMMONJS_FOLDER}/imports.ts`,
        text: CALLS,
        says: (version) => (version >= 509 ? ['TS1295'] : version >= 508 ? ['TS1286'] : ['TS1286', 'TS1479']),
      },
      {
        name: 'the same, `import … = require()`',
        file: `${COMMONJS_FOLDER}/requires.ts`,
        text: REQUIRES,
        says: (version) => (version >= 508 ? [] : ['TS1471']),
      },
    ],
  },
  {
    resolution: '`nodenext`, `target: es2021`',
    nodeTypes: 'oldest',
    options: { ...NODENEXT, target: 'es2021' },
    applications: [{ name: 'ES module', file: 'old-target.mts', text: USED, says: () => ['TS2304'] }],
  },
  {
    resolution: '`bundler`, with the types of browsers, too',
    nodeTypes: 'newest',
    options: { ...BUNDLER, types: ['node'] },
    applications: [{ name: 'ES module', file: 'app.ts', text: USED, says: NOTHING }],
  },
  {
    resolution: '`bundler`, a page without `@types/node`',
    nodeTypes: 'none',
    options: { ...BUNDLER, lib: ['es2022', 'dom'], types: [] },
    applications: [
      { name: 'the entries for browsers', file: 'page.ts', text: importing(OF_BROWSERS), says: NOTHING },
    ],
  },
  {
    resolution: '`nodenext`, with `@livekit/agents`',
    nodeTypes: 'oldest',
    peer: 'livekit',
    options: { ...NODENEXT, lib: ES2023 },
    applications: [{ name: 'ES module', file: 'agent.mts', text: importing(OF_PEERS), says: NOTHING }],
  },
  {
    resolution: '`nodenext`, without `@types/node`',
    nodeTypes: 'none',
    options: NODENEXT,
    applications: [
      {
        name: 'ES module',
        file: 'without-node.mts',
        text: importing(OF_NODE),
        says: () => OF_NODE.filter((entry) => !OF_BROWSERS.includes(entry)).map(() => 'TS2688'),
      },
    ],
    consequences: ['TS1165', 'TS1169', 'TS2304', 'TS2307', 'TS2339', 'TS2503', 'TS2550', 'TS2584', 'TS2591'],
  },
  {
    resolution: '`nodenext`, without `@types/node`, `skipLibCheck: true`',
    nodeTypes: 'none',
    options: { ...NODENEXT, lib: ES2023, skipLibCheck: true },
    applications: [{ name: 'ES module', file: 'skipping.mts', text: importing(OF_NODE), says: NOTHING }],
  },
  {
    resolution: '`node10` (`node`)',
    nodeTypes: 'none',
    options: { module: 'commonjs', moduleResolution: 'node10', lib: ES2023, skipLibCheck: true },
    applications: [
      {
        name: 'CommonJS, an entry with a name',
        file: 'old.ts',
        text: importing(['./audio']),
        says: (version) => [version < 600 ? 'TS2307' : version < 700 ? 'TS5107' : 'TS5108'],
      },
    ],
  },
];

/**
 * @typedef {object} Message
 * @property {string} file relative to the folder of the application; empty if a message has no file
 * @property {string} code
 * @property {string} text
 */

/**
 * The expected and the actual messages of each application of a program, as sorted codes.
 *
 * @param {Program} program
 * @param {string} version of the compiler
 * @param {readonly Message[]} messages
 */
export function judge({ applications, consequences = [] }, version, messages) {
  const files = applications.map(({ file }) => file);
  const elsewhere = messages.filter(
    ({ file, code }) =>
      !files.includes(file) && !(file.includes('node_modules/') && consequences.includes(code)),
  );
  return applications.map((application, at) => {
    const own = messages.filter(({ file }) => file === application.file);
    const said = at === 0 ? [...own, ...elsewhere] : own;
    return {
      name: application.name,
      expected: [...application.says(versionNumber(version))].sort(),
      codes: said.map(({ code }) => code).sort(),
      said,
    };
  });
}
