/**
 * Text that a command prints, from the command line, a file or a service, can't control the terminal or
 * change the reading order.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, run } from '../../src/cli/run.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import { RawService } from '../client/scenario-support/raw-service.js';
import type { RawScript } from '../client/scenario-support/raw-service.js';
import { PROJECT } from '../source-imports.js';
import { fakeTerminal } from './fake-terminal.js';
import { wavBytes } from '../audio/wav-bytes.js';

/**
 * Control sequences of both ranges, direction marks, zero-width characters, tags, separators, fillers,
 * variation selectors.
 */
const HOSTILE =
  'a\u001B[2J\u009B31m\u202Eb\u2066c\u200B\u200D\uFEFFd\u{E0041}\u2028e\u061C\u00AD\u034F\u3164\uFE0F\u0007\u007F\rz';
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

interface Shown {
  readonly out: string;
  readonly complaints: readonly string[];
}

function expectClean({ out, complaints }: Shown, least: RegExp): void {
  const shown = [out, ...complaints].join('\n');
  expect(shown).toMatch(least);
  expect(UNSEEN.exec(shown)).toBeNull();
  expect(complaints.filter((line) => line.includes('\n'))).toEqual([]);
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'hostile-'))));
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function shownBy(args: readonly string[], env: Record<string, string> = {}): Promise<Shown> {
  const terminal = fakeTerminal({ env });
  await run(args, terminal);
  return terminal;
}

describe.each(COMMANDS.map(({ name }) => name))('%s', (name) => {
  it.each([
    ['an unknown option', [`--${HOSTILE}`]],
    ['an extra argument', [HOSTILE, HOSTILE]],
    ['a value of every option', ['--seed', HOSTILE]],
    ['a file that does not exist', ['--policy', HOSTILE, HOSTILE]],
  ])('%s', async (_what, args) => {
    expectClean(await shownBy([name, ...args]), /avatarkit-session: /);
  });
});

it('an unknown command', async () => {
  expectClean(await shownBy([HOSTILE]), /unknown command/);
});

describe('policy and storm', () => {
  const named = `x${HOSTILE.replaceAll('/', '')}`;

  it.each([[[]], [['upstreamError']], [['--json']], [['upstreamError', '--json']]])(
    'the name of a file, within %j',
    async (args) => {
      const path = await file(`${named}.json`, '{"rules":{"upstreamError":"surface"}}');
      expectClean(await shownBy(['policy', '--file', path, ...args]), /set in |changed by/);
    },
  );

  it('JSON stays valid, with the same meaning', async () => {
    const path = await file(`${named}.json`, '{"rules":{"upstreamError":"surface"}}');
    const { out } = await shownBy(['policy', '--file', path, '--json']);
    const { reasons } = JSON.parse(out) as { reasons: Record<string, string> };
    expect(reasons['upstreamError']).toBe(`set in ${path}`);
  });

  it.each([
    ['policy', '--file'],
    ['storm', '--policy'],
  ])('the content of the file of %s', async (name, option) => {
    const unknown = await file('unknown.json', JSON.stringify({ [HOSTILE]: 1 }));
    expectClean(await shownBy([name, option, unknown]), /unknown/);
    const broken = await file('broken.json', `{"a": ${HOSTILE}`);
    expectClean(await shownBy([name, option, broken]), /not valid JSON/);
  });

  it('a text that is not JSON is not shown, because it may be a file of credentials', async () => {
    const keys = await file('keys.env', 'API_KEY=sk_live_4f9a8b7c6d5e\n');
    for (const args of [
      ['policy', '--file', keys],
      ['storm', '--policy', keys],
      ['emulate', '--faults', `@${keys}`],
      ['emulate', '--faults', '[sk_live_4f9a8b7c6d5e'],
    ]) {
      const { out, complaints } = await shownBy(args);
      expect(complaints.join('\n')).toMatch(/JSON/);
      expect(out + complaints.join('\n')).not.toContain('sk_live');
    }
  });
});

it.each([[[]], [['--json']]])('explain, of a close reason, an error and a body, with %j', async (args) => {
  for (const facts of [
    ['--close', '4001', '--reason', HOSTILE],
    ['--server-error', '3', '--message', HOSTILE],
    ['--http', '403', '--step', 'request', '--body', JSON.stringify({ message: HOSTILE })],
  ]) {
    expectClean(await shownBy(['explain', ...facts, ...args]), /code|avatarkit-session/);
  }
});

it('emulate, of its faults and of texts of clients', async () => {
  const terminal = fakeTerminal();
  const faults = await file(`${HOSTILE.replaceAll('/', '')}.json`, '[]');
  const ended = run(['emulate', '--verbose', '--faults', `@${faults}`], terminal);
  await expect.poll(() => terminal.out).toContain('Ctrl-C');
  const named = (name: string): string => new RegExp(`^${name} +(\\S+)$`, 'm').exec(terminal.out)?.[1] ?? '';
  const ingress = named('ingress').replace('ws://', 'http://');
  await fetch(`${named('console')}/session-tokens?x=${encodeURIComponent(HOSTILE)}`, {
    method: 'POST',
    headers: { 'X-Api-Key': 'a\u009Bb\u00ADc' },
    body: HOSTILE,
  });
  await fetch(`${ingress}/websocket?id=${encodeURIComponent(HOSTILE)}`).catch(() => undefined);
  await expect.poll(() => terminal.out).toMatch(/status=\d/);
  terminal.stop();
  await ended;
  expectClean(terminal, /status=\d/);
});

describe('say, of texts of a service', () => {
  const token: RawScript['token'] = (_request, response) =>
    void response.end(JSON.stringify({ sessionToken: 'st_0a1b2c3d4e5f6789' }));
  const confirm = encodeServerMessage({
    type: MessageType.serverConfirmSession,
    connectionId: HOSTILE,
    capabilities: [HOSTILE],
  });
  const refusal = encodeServerMessage({
    type: MessageType.serverError,
    connectionId: HOSTILE,
    reqId: '',
    code: 4001,
    message: HOSTILE,
  });
  const SCRIPTS: readonly [string, RawScript][] = [
    [
      'at the console',
      {
        token: (_request, response) =>
          void response.writeHead(403).end(JSON.stringify({ message: HOSTILE, code: HOSTILE })),
      },
    ],
    [
      'at runtime',
      {
        token,
        message(message, socket) {
          if (message.type === MessageType.clientConfigureSession) socket.send(confirm);
          else {
            socket.send(refusal);
            socket.close(4001, 'a\u202Eb\u200Bc\u0007');
          }
        },
      },
    ],
  ];

  it.each(SCRIPTS.flatMap(([where, script]) => [undefined, 80].map((c) => [where, c, script] as const)))(
    '%s, columns: %s',
    async (_where, liveColumns, script) => {
      await using service = await RawService.start(script);
      const wav = await file('short.wav', wavBytes({ pcm: new Uint8Array(6_400) }));
      const { consoleEndpointUrl, ingressEndpointUrl } = service.endpoints;
      const terminal = fakeTerminal({
        env: { AVATARKIT_API_KEY: 'sk_live_4f9a8b7c6d5e' },
        ...(liveColumns !== undefined && { liveColumns }),
      });
      const urls = ['--console-url', consoleEndpointUrl, '--ingress-url', ingressEndpointUrl];
      await run(['say', wav, ...urls, '--app-id', 'a', '--avatar-id', 'b', '--speed', '100'], terminal);
      const { out, complaints } = terminal;
      const painted = /\r\u001B\[J|\u001B\[(?:0|2|31|32|33)m|\u001B\[A/g;
      expectClean({ out: out.replaceAll(painted, ''), complaints }, /\\u202e|ab/);
    },
  );
});

it('commands write only through the terminal, and control sequences are constants of the screen', async () => {
  const sources = await Promise.all(
    ['src/cli', 'src/storm'].map(async (path) =>
      (await readdir(join(PROJECT, path))).map((name) => `${path}/${name}`),
    ),
  );
  const found: string[] = [];
  for (const path of sources.flat()) {
    const text = await readFile(join(PROJECT, path), 'utf8');
    if (/\bconsole\.|process\.std(?:out|err)|\bstd(?:out|err)\.write/.test(text)) found.push(path);
    for (const [, given = ''] of text.matchAll(/\.control\(([^)]*)\)/g)) {
      expect(`${path}: ${given}`).toMatch(/: (?:ERASE_BELOW|ROW_UP|PAINT\[tone\]|UNPAINT|sequence)$/);
    }
  }
  // Exceptions: the terminal itself, and the listener in `main` for an output that its reader has closed.
  expect(found.sort()).toEqual(['src/cli/main.ts', 'src/cli/terminal.ts']);
});
