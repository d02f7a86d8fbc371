/** `say --record` and `timeline`: a record of the command, drawn as a page and as a picture. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordFlight } from '../recorder/flight.js';
import { runCommand } from './fake-terminal.js';

let folder: string;
let record: string;
let html: string;
let svg: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timeline-'));
  record = join(folder, 'flight.jsonl');
  html = join(folder, 'flight.html');
  svg = join(folder, 'flight.svg');
});
afterEach(() => rm(folder, { recursive: true }));

const BEGIN = '{"kind":"begin","seq":1,"at_ms":0,"format":"avatarkit-session flight record","version":1}';
const read = (path: string): Promise<string> => readFile(path, 'utf8');
const say = (...more: string[]): ReturnType<typeof runCommand> =>
  runCommand(['say', '--speed', '100', '--quiet', '--record', record, ...more]);

describe('say --record', () => {
  it('writes the events of the session, and replaces an earlier record', async () => {
    expect((await say()).exitCode).toBe(0);
    const first = await read(record);
    expect(first).not.toContain('"payload":"');
    expect((await say('--record-payload')).exitCode).toBe(0);
    const second = await read(record);
    expect(second).toContain('"payload":"');
    expect(second.match(/"kind":"begin"/g)).toHaveLength(1);
  });

  it('replaces no other file, except with --force', async () => {
    await writeFile(record, 'my notes');
    const { exitCode, complaints } = await say();
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringContaining('--force replaces it')]);
    expect(await read(record)).toBe('my notes');
    expect((await say('--force')).exitCode).toBe(0);
  });

  it.each(['--record-payload', '--force'])('needs a file for %s', async (option) => {
    const { exitCode, complaints } = await runCommand(['say', '--quiet', option]);
    expect(exitCode).toBe(2);
    expect(complaints[0]).toContain('--record');
  });
});

describe('timeline', () => {
  const RESET = { kind: 'reset', phase: 'runtime', afterKeyframes: 5 } as const;

  async function recorded(): Promise<void> {
    await writeFile(record, (await recordFlight({ emulator: { faults: [RESET] } })).text);
  }

  it('draws a page and a picture with every lane, and reports their content', async () => {
    await recorded();
    const { exitCode, lines } = await runCommand(['timeline', record, '--html', html, '--svg', svg]);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/ · dials 2 · outages 1 · utterances 1 · decisions and failures 4$/),
    ]);
    for (const text of [await read(html), await read(svg)]) {
      for (const lane of ['phase', 'dials', 'outages', 'utterances', 'audio sent', 'keyframes', 'decisions'])
        expect(text).toContain(`>${lane}<`);
      expect(text.replaceAll('\u00a0', ' ')).toMatch(
        /connectionClosed is retried: attempt 2, \d+ ms of at most/,
      );
    }
  });

  it('makes a page that loads and runs nothing: its policy allows only its style sheet', async () => {
    await recorded();
    await runCommand(['timeline', record, '--html', html]);
    const page = await read(html);
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-${digest}'"`);
    expect(page).not.toMatch(/<script|style="|\son\w+="|https?:/);
    expect(page.match(/<style/g)).toHaveLength(1);
  });

  it('escapes every text of a record', async () => {
    const evil = '</title><script>alert(1)</script>"\u202e\u0000 onload="x';
    const line = (kind: string, more: object): string =>
      JSON.stringify({ kind, seq: 2, at_ms: 1, session_id: evil, ...more });
    await writeFile(
      record,
      [
        BEGIN,
        line('state', { from: evil, to: evil, reason: evil, phase: evil }),
        line('dial', { stage: 'began', dial: 1, host: evil, port: 1, attempt: 1, reason: evil }),
        line('utterance', { stage: 'began', req_id: evil, label: evil }),
        line('error', { error: { code: evil, message: evil } }),
        line('close', { reason: 'failed', why: evil }),
      ].join('\n'),
    );
    expect((await runCommand(['timeline', record, '--html', html, '--svg', svg])).exitCode).toBe(0);
    for (const text of [await read(html), await read(svg)]) {
      expect(text).not.toContain('<script');
      expect(text).not.toContain('"\u202e');
      expect(text).not.toMatch(/[\u0000\u202e]/);
      expect(text).not.toMatch(/<[^>]*\sonload="/);
    }
  });

  it('draws a part, or one session', async () => {
    await recorded();
    const { exitCode } = await runCommand(['timeline', record, '--svg', svg, '--from', '0.5', '--to', '0.6']);
    expect(exitCode).toBe(0);
    expect(await read(svg)).toContain('0.52 s');
    const none = await runCommand(['timeline', record, '--svg', svg, '--session', 'another']);
    expect(none.complaints).toEqual([expect.stringContaining('no session with this id is in this record')]);
    expect(none.exitCode).toBe(2);
  });

  it('reads a record whose end is missing, and reports the number of unreadable lines', async () => {
    await recorded();
    await writeFile(record, '{"kind":"state","seq":9,"at_m', { flag: 'a' });
    await runCommand(['timeline', record, '--html', html]);
    expect(await read(html)).toContain('1 line is missing from the record, or could not be read');
  });

  it.each<[string, string[], string]>([
    ['no output', [], '--html OUT or --svg OUT is missing'],
    ['the same file twice', ['--html', 'x', '--svg', './x'], 'name the same file'],
    ['an end before its begin', ['--svg', 'x', '--from', '2', '--to', '1'], '--to must be more than --from'],
    ['no record', ['--svg', 'x'], 'this is not a flight record'],
  ])('refuses %s', async (_what, more, message) => {
    await writeFile(record, 'something else');
    const { exitCode, complaints } = await runCommand(['timeline', record, ...more]);
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringContaining(message)]);
  });

  it('replaces its own file, and no other', async () => {
    await recorded();
    await runCommand(['timeline', record, '--html', html]);
    expect((await runCommand(['timeline', record, '--html', html])).exitCode).toBe(0);
    await writeFile(html, 'x', { flag: 'a' });
    expect((await runCommand(['timeline', record, '--html', html])).exitCode).toBe(2);
    expect((await runCommand(['timeline', record, '--html', html, '--force'])).exitCode).toBe(0);
  });

  it('draws records with any times', async () => {
    const state = (seq: number, at_ms: number): string =>
      JSON.stringify({
        kind: 'state',
        seq,
        at_ms,
        session_id: 's',
        from: '',
        to: 'waiting',
        reason: '',
        phase: '',
      });
    await writeFile(
      record,
      [BEGIN, state(2, 8.64e15), state(3, 0), state(4, 1e300), state(5, -1)].join('\n'),
    );
    const { exitCode } = await runCommand(['timeline', record, '--html', html, '--svg', svg]);
    expect(exitCode).toBe(0);
    expect(await read(svg)).not.toMatch(/NaN|Infinity/);
  });
});
