/** `replay`: a flight record as a test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordFlight } from '../recorder/flight.js';
import { runCommand } from './fake-terminal.js';

let folder: string;
let record: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
  record = join(folder, 'flight.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const RESET = { kind: 'reset', phase: 'runtime', afterKeyframes: 5 } as const;

async function recorded(change: (text: string) => string = (text) => text): Promise<void> {
  await writeFile(record, change((await recordFlight({ emulator: { faults: [RESET] } })).text));
}

describe('replay', () => {
  it('shows the behaviour of the session, and reports that it is the same', async () => {
    await recorded();
    const { exitCode, lines, complaints } = await runCommand(['replay', record]);
    expect(complaints).toEqual([]);
    expect(lines.slice(1)).toEqual([
      '  dials       2 × connected',
      '  failures    connectionClosed',
      '  retries     connectionClosed → attempt 2',
      '  reconnects  after connectionClosed at attempt 2',
      '  utterances  replayed, 25 keyframes, sent again 1 ×',
      '  end         closed',
      'the same as recorded',
    ]);
    expect(exitCode).toBe(0);
  });

  it('is the same for a record of a real network and a real clock', async () => {
    await runCommand([
      'say',
      '--speed',
      '50',
      '--faults',
      JSON.stringify([RESET]),
      '--quiet',
      '--record',
      record,
    ]);
    const { exitCode, lines } = await runCommand(['replay', record]);
    expect(lines.at(-1)).toBe('the same as recorded');
    expect(exitCode).toBe(0);
  });

  it('reports the differences, and ends with exit code 1', async () => {
    await recorded((text) => text.replace('"outcome":"replayed"', '"outcome":"delivered"'));
    const { exitCode, lines } = await runCommand(['replay', record]);
    expect(exitCode).toBe(1);
    expect(lines).toContain('  utterances  DIFFERS');
    expect(lines).toContain('    recorded  delivered, 25 keyframes, sent again 1 ×');
    expect(lines).toContain('    replayed  replayed, 25 keyframes, sent again 1 ×');
    expect(lines.at(-1)).toBe('not what was recorded');
  });

  it('prints JSON for programs', async () => {
    await recorded();
    const { lines } = await runCommand(['replay', record, '--json']);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      same: true,
      differs: [],
      recorded: { reconnects: ['after connectionClosed at attempt 2'] },
      replayed: { end: ['closed'] },
    });
  });

  it('skips a session whose begin is missing, and fails without a session that has one', async () => {
    const incomplete = '{"kind":"close","seq":1,"at_ms":1,"session_id":"old","reason":"closed"}\n';
    await recorded((text) => `${text}${incomplete}`);
    const all = await runCommand(['replay', record]);
    expect(all.exitCode).toBe(0);
    expect(all.complaints).toEqual([
      'avatarkit-session: session old is left out: the begin of this session is not in the record',
    ]);
    const one = await runCommand(['replay', record, '--session', 'old']);
    expect(one.exitCode).toBe(2);
    expect(one.complaints.at(-1)).toContain('no session of it can be replayed');
  });

  it.each<[string, RegExp, string, string]>([
    ['options that no session has', /"sampleRate":16000/g, '"sampleRate":"fast"', 'sampleRate must be'],
    ['more audio than allowed', /"audio_bytes":\d+/, '"audio_bytes":1e15', 'more than 256 MiB of audio'],
    ['a message of any size', /"keyframes":\d+/, '"keyframes":1e8', 'more than 100000 keyframes'],
  ])('leaves out a session with %s, and replays the others', async (_what, before, after, why) => {
    await recorded((text) => {
      const [begin, ...lines] = text.trimEnd().split('\n');
      const other = lines.join('\n').replaceAll(/"session_id":"/g, '"session_id":"other-');
      return [begin, other.replace(before, after), ...lines, ''].join('\n');
    });
    const { exitCode, complaints } = await runCommand(['replay', record]);
    expect(complaints).toEqual([expect.stringContaining(why)]);
    expect(exitCode).toBe(0);
  });

  it.each<[string, RegExp, string]>([
    ['options that no session can have', /"sampleRate":16000/, '"sampleRate":"fast"'],
    ['more audio than the available memory', /"bytes":32000,"first/, '"bytes":1e15,"first'],
    ['a flight of years', /("kind":"close","seq":\d+,"at_ms":)/, '$19'],
  ])('refuses %s', async (_what, before, after) => {
    await recorded((text) => {
      expect(text).toMatch(before);
      return text.replace(before, after);
    });
    expect((await runCommand(['replay', record])).exitCode).toBe(2);
  });

  it('needs a flight record, and the requested session', async () => {
    await recorded();
    expect((await runCommand(['replay', record, '--session', 'x'])).complaints[0]).toContain(
      'no session with this id',
    );
    await writeFile(record, 'notes');
    expect((await runCommand(['replay', record])).complaints[0]).toContain('this is not a flight record');
    expect((await runCommand(['replay'])).exitCode).toBe(2);
  });
});
