import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAMS = readdirSync(`${ROOT}examples`).filter((name) => name.endsWith('.mjs'));
/** An example should be short. The program that draws the README's picture is a tool, and may be longer. */
const MAX_LINES = 60;
/** A whole application, and examples that first ask for a key. */
const LONGER: Readonly<Record<string, number>> = {
  'voice-agent.mjs': 90,
  'openai-realtime.mjs': 64,
  'elevenlabs-tts.mjs': 64,
  'cartesia-tts.mjs': 64,
};
/** The ways in which a program checks whether it was started or imported. */
const ASKS_FOR_MAIN = /argv\[1\]|argv\.at\(1\)|import\.meta\.main|argv1/;
/**
 * These need a third-party server: `test/livekit/avatar-session.test.ts` and `provider-examples.test.ts`
 * replace it.
 */
const NEEDS_SERVER: readonly string[] = [
  'livekit-agent.mjs',
  'openai-realtime.mjs',
  'elevenlabs-tts.mjs',
  'cartesia-tts.mjs',
];
const RUN_ALONE = PROGRAMS.filter((name) => !NEEDS_SERVER.includes(name));
const TOOLS: readonly string[] = ['recovery-picture.mjs'];

/** The expected output of each example. An example without an entry fails. */
const SHOWN: Readonly<Record<string, readonly RegExp[]>> = {
  'quick-start.mjs': [
    /^connectionClosed in websocket_runtime, the session goes on: true\nreconnected after connectionClosed\n/,
    /\n2 seconds of audio, 50 keyframes, replayed\n$/,
  ],
  'custom-policy.mjs': [
    /^sessionDurationExceeded in websocket_runtime: the session goes on\nattempt \d in \d+ ms\n/,
    /\nupstreamError in websocket_connect: the session goes on\n/,
    /\n25 keyframes, replayed\n/,
    /\ncreditsExhausted in websocket_runtime: given up \(rule\)\. .+\nthe session is closed\n$/,
  ],
  'http-service.mjs': [/^(HTTP 200, 25 keyframes\n){3}HTTP 503, {"error":"invalidRequest"}\n$/],
  'streaming-tts.mjs': [/^an iterable: 25 keyframes\nby write: 23 keyframes\na stream: 10 keyframes\n$/],
  'browser-relay.mjs': [/^3 s of audio, 75 keyframes, 2 connections of the page\n$/],
  'livekit-room.mjs': [
    /^the room: started\nthe room: interrupted\ninterrupted, heard less than all of it: true\n/,
    /reconnected after connectionClosed\n/,
    /\n2 tokens\n$/,
  ],
  'graceful-deploy.mjs': [/^(delivered, 50 keyframes\n){3}closed, closed, closed; open sockets: 0\n$/],
  'session-pool.mjs': [/^7 of 8 finished, 1 session replaced, at most 3 open\n$/],
  'voice-agent.mjs': [
    /^person: How is the weather\?\nagent: Let me see\.\nagent: It is sunny\.\nagent: Take a hat with\n/,
    /\nperson: And tomorrow\?\nagent: Let me see\.\nagent: It is sunny\.\nagent: Take .+ your glasses\.\n6 faults\n$/,
  ],
  'vercel-ai-speech.mjs': [/^delivered, 2\d\d keyframes\n$/],
  'test-against-emulator.test.mjs': [/\bpass 2\n/, /\bfail 0\n/],
  'recovery-picture.mjs': [/keyframes/],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('in a clone, the examples get', () => {
  it.each([
    ['package.mjs', 'index.js'],
    ['package-emulator.mjs', 'emulator/index.js'],
    ['package-audio.mjs', 'audio/index.js'],
    ['package-pool.mjs', 'pool/session-pool.js'],
    ['package-redis.mjs', 'fleet/redis.js'],
    ['package-relay.mjs', 'relay/index.js'],
    ['package-relay-browser.mjs', 'relay/browser/index.js'],
  ])('from %s all exports of dist/%s', async (own, built) => {
    const found = (await import(`${ROOT}examples/clone/${own}`)) as object;
    const exported = (await import(`${ROOT}dist/${built}`)) as object;
    expect(Object.keys(found).sort()).toEqual(Object.keys(exported).sort());
  });

  it.each([
    ['an example', ['examples/package.json', 'examples/clone', 'examples/quick-start.mjs'], []],
    ['a proof', ['test/proofs/prove.mjs'], ['--built', 'soak']],
  ])('one line with the remedy if there is no build: %s', async (_what, parts, words) => {
    const clone = join(folder, 'clone');
    for (const part of parts) await cp(`${ROOT}${part}`, join(clone, part), { recursive: true });
    const program = join(clone, parts.at(-1) ?? '');
    const error = await promisify(execFile)(process.execPath, [program, ...words]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'dist/ is missing: run npm run build first\n',
    });
  });
});

describe('examples', () => {
  it('each have expected output', () => {
    expect(PROGRAMS.sort()).toEqual([...Object.keys(SHOWN), ...NEEDS_SERVER].sort());
  });

  /** Runs an example from the folder that `root` names, and checks its output. */
  async function runs(name: string, root: string): Promise<void> {
    // The picture is written to a temporary file. The other examples take no argument. Rejects for any other
    // exit code.
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [
        join(root, 'examples', name),
        ...(TOOLS.includes(name) ? [join(folder, `picture of ${basename(root)}`)] : []),
      ],
      { cwd: ROOT, timeout: 20_000, env: { ...process.env, NO_COLOR: '1', NODE_TEST_CONTEXT: undefined } },
    );
    expect(stderr).toBe('');
    for (const promised of SHOWN[name] ?? [/^$/]) expect(stdout).toMatch(promised);
    expect(stdout).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  }

  it.concurrent.each(RUN_ALONE)(
    '%s runs, ends by itself with exit code 0, and prints the expected output',
    async (name) => {
      await runs(name, ROOT);
    },
  );

  // Node resolves symbolic links before it sets a module's name, so a check that compares names must resolve
  // them, too.
  it.concurrent.each(
    RUN_ALONE.filter((name) => ASKS_FOR_MAIN.test(readFileSync(`${ROOT}examples/${name}`, 'utf8'))),
  )('%s runs in the same way if its folder is reached by a symbolic link', async (name) => {
    const link = join(folder, `link-to-${name}`);
    await symlink(ROOT, link, 'junction');
    await runs(name, link);
  });

  it.each(PROGRAMS)('%s is type-checked, and imports the package by its name', async (name) => {
    const source = await readFile(`${ROOT}examples/${name}`, 'utf8');
    expect(source).toMatch(/^\/\/ @ts-check\n/);
    expect(source).toMatch(/ from 'avatarkit-session(?:\/\w+)?';/);
    expect(source).not.toMatch(/from '\.\.?\//);
    if (!TOOLS.includes(name))
      expect(source.trimEnd().split('\n').length).toBeLessThan(LONGER[name] ?? MAX_LINES);
  });
});
