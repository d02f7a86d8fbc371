/** Errors in logs, for `explain FILE`: every logged form, between any other lines. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_LOGGED_ERRORS, readLoggedErrors } from '../../src/cli/logged-errors.js';
import { recordVerdict } from '../../src/core/failure/avatar-sdk-error.js';
import { AVATAR_SDK_ERROR_CODES, AvatarSDKError } from '../../src/index.js';
import { runCommand } from './fake-terminal.js';

const error = recordVerdict(
  new AvatarSDKError({
    code: 'concurrencyLimit',
    phase: 'websocket_connect',
    step: 'upgrade',
    origin: 'service',
    message: 'upgrade refused with HTTP 429',
    httpStatus: 429,
    retryAfterMs: 30_000,
    requestId: 'req-7',
  }),
  { willRetry: true, attempt: 2 },
);

/** A line as pino writes it, with its own serializer of errors. */
function pinoLine(bindings: object): string {
  let line = '';
  pino({}, { write: (text: string) => void (line += text) }).error(bindings, 'the session failed');
  return line;
}

const FORMS: readonly [form: string, text: string][] = [
  ['toJSON()', JSON.stringify(error)],
  ['toJSON() over several lines', JSON.stringify(error, undefined, 2)],
  ['an object with err', JSON.stringify({ time: 1, err: error })],
  ['an object with error', JSON.stringify({ level: 'error', error })],
  ['a list', JSON.stringify([error])],
  ['a line of pino', pinoLine({ err: error })],
  ['lines of pino between those of others', `Starting…\n{"level":30}\n${pinoLine({ err: error })}{"broken\n`],
];

describe('an error is found in', () => {
  it.each(FORMS)('%s', (_form, text) => {
    const [found, ...others] = readLoggedErrors(text);
    expect(others).toEqual([]);
    expect(found?.hasVerdict).toBe(true);
    expect(found?.error.toJSON()).toEqual(error.toJSON());
  });

  it('every code', () => {
    for (const code of AVATAR_SDK_ERROR_CODES) {
      const text = JSON.stringify({ code, phase: 'session_token', message: 'm' });
      expect(readLoggedErrors(text).map((one) => one.error.code)).toEqual([code]);
    }
  });

  it.each([
    '',
    '{}',
    'null',
    '[]',
    '7',
    '{"code":"ECONNRESET","phase":"x"}',
    '{"err":{"code":"unknown"}}',
    '\0',
  ])('no error is found in other text: %j', (text) => expect(readLoggedErrors(text)).toEqual([]));

  it('only fields of an error are read, with the right types, and without secrets', () => {
    const given = {
      ...error.toJSON(),
      http_status: '429',
      attempt: 1e9,
      extra: 1,
      raw_body: 'Bearer eyJhbGciOi.J9eyJzdWIi.OiIxMjM0',
    };
    const found = readLoggedErrors(JSON.stringify(given))[0]?.error;
    expect(found?.httpStatus).toBeUndefined();
    expect(found?.attempt).toBeUndefined();
    expect(found).not.toHaveProperty('extra');
    expect(JSON.stringify(found)).not.toContain('J9eyJzdWIi');
  });
});

describe('explain', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'explain-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('FILE shows the decision of a session, and the logged one', async () => {
    const path = join(folder, 'error.json');
    await writeFile(path, JSON.stringify(error));
    const { exitCode, lines } = await runCommand(['explain', path]);
    expect(exitCode).toBe(0);
    expect(lines).toContain('code         concurrencyLimit');
    expect(lines).toContain('logged       the session went on, attempt 2');
    expect(lines).toContain('decision     retry');
    expect(lines).toContain(`what to do   ${error.remediation}`);
    expect(lines.join()).toMatch(/attempt 3/);
  });

  it('- reads lines of a log, and explains each error once; of many, only the newest', async () => {
    const line = (attempt: number): string => JSON.stringify({ err: { ...error.toJSON(), attempt } });
    const input = Array.from({ length: MAX_LOGGED_ERRORS + 5 }, (_, at) => line(at + 1)).join('\n');
    const { lines, complaints } = await runCommand(['explain', '-'], {}, { input: `${input}\n${line(30)}` });
    expect(lines.filter((text) => text.startsWith('code '))).toHaveLength(MAX_LOGGED_ERRORS);
    expect(complaints).toEqual(['avatarkit-session: explain: 6 older errors are left out']);
  });

  it('--json prints a list', async () => {
    const { out } = await runCommand(
      ['explain', '-', '--json', '--preset', 'never'],
      {},
      { input: pinoLine({ err: error }) },
    );
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ action: 'giveUp', logged: 'the session went on, attempt 2' }),
    ]);
  });

  it('explains a logged ServerError in the same way as a received one', async () => {
    const facts = await runCommand(['explain', '--server-error', '99', '--json']);
    const received = JSON.parse(facts.out) as { action: string; error: object };
    const logged = await runCommand(
      ['explain', '-', '--json'],
      {},
      { input: JSON.stringify(received.error) },
    );
    expect(JSON.parse(logged.out)).toEqual([expect.objectContaining({ action: received.action })]);
  });

  it.each<[string[], string | undefined, RegExp]>([
    [['explain', '-'], undefined, /standard input is a terminal/],
    [['explain', '-'], 'nothing here', /standard input: no error of a session in it/],
    [['explain', 'no-such-file.json'], undefined, /no-such-file\.json: no such file/],
    [['explain', '-', '--close', '4001'], '{}', /--close and a file exclude each other/],
    [['explain', 'package.json'], undefined, /package\.json: no error of a session in it/],
  ])('%j with %j is invalid input', async (args, input, message) => {
    const { exitCode, complaints, out } = await runCommand(args, {}, input === undefined ? {} : { input });
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });
});
