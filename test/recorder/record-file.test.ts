/** Where a record is written: the file, its rotation, and its content after every kind of process end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FlightLine } from '../../src/recorder/flight-record.js';
import { createRecorder } from '../../src/recorder/index.js';
import { RecordFile } from '../../src/recorder/record-file.js';
import { PROJECT } from '../source-imports.js';
import { closeSession, confirmedSession } from '../support/confirmed-session.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flight-'));
  path = join(folder, 'flight.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const linesOf = (file: string): FlightLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FlightLine);
const kindsOf = (file: string): string[] => linesOf(file).map(({ kind }) => kind);

describe('the file of a record', () => {
  it('is readable only by its owner', async () => {
    await createRecorder({ path }).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(kindsOf(path)).toEqual(['begin', 'end']);
  });

  it('is continued by a later recorder, also after an incomplete line', async () => {
    await createRecorder({ path }).close();
    writeFileSync(path, '{"kind":"state","seq":3,"at', { flag: 'a' });
    await createRecorder({ path }).close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => line.startsWith('{"kind":"begin"')).length).toBe(2);
    expect(lines).toContain('{"kind":"state","seq":3,"at');
  });

  it.each([
    ['another text', 'my notes\n', 'is no flight record'],
    ['a record of another program', '{"kind":"begin","seq":1}\n', 'is no flight record'],
  ])('is not changed if it contains %s', (_what, text, message) => {
    writeFileSync(path, text);
    expect(() => createRecorder({ path })).toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('must be a file that can be created', () => {
    expect(() => createRecorder({ path: '/dev/null' })).toThrow('path must name a file');
    expect(() => createRecorder({ path: join(folder, 'none', 'x') })).toThrow('ENOENT');
  });

  it('that is full is renamed, so that two files have the latest lines and stay below the limit', () => {
    const maxBytes = 64 * 1024;
    const file = new RecordFile({
      path,
      maxBytes,
      firstLine: (continued) =>
        `${JSON.stringify({ kind: 'begin', seq: 1, format: 'avatarkit-session flight record', continued })}\n`,
    });
    for (let line = 1; line <= 2_000; line += 1) {
      file.add(`${JSON.stringify({ kind: 'line', seq: line, more: 'x'.repeat(200) })}\n`);
      if (line % 50 === 0) file.flush();
      expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
    }
    file.close();
    const [before, now] = [linesOf(`${path}.1`), linesOf(path)];
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(maxBytes);
    expect([before[0], now[0]]).toMatchObject([{ kind: 'begin', continued: true }, { continued: true }]);
    const kept = [...before.slice(1), ...now.slice(1)].map(({ seq }) => seq);
    expect(kept.at(-1)).toBe(2_000);
    expect(kept).toEqual(kept.map((_, at) => (kept[0] ?? 0) + at));
  });
});

describe('a file of a record', () => {
  const maxBytes = 64 * 1024;
  const firstLine = (continued: boolean): string =>
    `${JSON.stringify({ kind: 'begin', seq: 1, format: 'avatarkit-session flight record', continued })}\n`;

  it.each([
    ['short', 'x'.repeat(200)],
    ['long', 'x'.repeat(20_000)],
    ['not ASCII', '語'.repeat(4_000)],
  ])('stays below the limit if lines are %s and wait in memory', (_what, more) => {
    const file = new RecordFile({ path, maxBytes, firstLine });
    const sizes: number[] = [];
    for (let line = 1; line <= 1_000; line += 1) {
      expect(file.add(`${JSON.stringify({ kind: 'line', seq: line, more })}\n`)).toBe(true);
      sizes.push(statSync(path).size, statSync(`${path}.1`, { throwIfNoEntry: false })?.size ?? 0);
    }
    file.close();
    expect(Math.max(...sizes, statSync(path).size)).toBeLessThanOrEqual(maxBytes);
    expect(Math.max(...sizes)).toBeGreaterThan(maxBytes / 2);
    expect(linesOf(path).at(-1)?.seq).toBe(1_000);
  });

  it('gets no line that is longer than half of its limit', () => {
    const file = new RecordFile({ path, maxBytes, firstLine });
    expect(file.add(`"${'x'.repeat(40_000)}"\n`)).toBe(false);
    file.close();
    expect(linesOf(path).length).toBe(1);
  });

  it('has a message without its bytes if it is too large', async () => {
    const virtual = await confirmedSession();
    const recorder = createRecorder({ path, maxBytes, payload: true, clock: virtual.clock });
    virtual.transport.latest.drop();
    await virtual.clock.until(() => virtual.transport.dials.length === 2);
    await virtual.clock.settle();
    virtual.session.speak(new Uint8Array(30_000));
    virtual.session.speak(new Uint8Array(320));
    await virtual.clock.settle();
    await closeSession(virtual);
    await recorder.close();
    const sent = [...linesOf(path)].flatMap((line) =>
      line.kind === 'wire' && line.type === 'audio' ? [[line.audio_bytes, line.payload !== undefined]] : [],
    );
    expect(sent).toContainEqual([30_000, false]);
    expect(recorder.droppedLines).toBe(0);
  });

  it('is renamed at once if an earlier recorder has filled it', async () => {
    const full = `${firstLine(false)}${'"x"\n'.repeat(16_300)}`;
    writeFileSync(path, full);
    await createRecorder({ path, maxBytes }).close();
    expect(readFileSync(`${path}.1`, 'utf8')).toBe(full);
    expect(linesOf(path)).toMatchObject([
      { kind: 'begin', seq: 1, continued: true },
      { kind: 'end', seq: 2 },
    ]);
  });

  it('has one recorder at a time, by any path', async () => {
    const other = join(folder, 'other.jsonl');
    const first = createRecorder({ path });
    symlinkSync(path, other);
    expect(() => createRecorder({ path })).toThrow('is written by another recorder of this process');
    expect(() => createRecorder({ path: other })).toThrow('is written by another recorder of this process');
    await first.close();
    await createRecorder({ path: other }).close();
    expect(kindsOf(path)).toEqual(['begin', 'end', 'begin', 'end']);
  });

  it('describes each session before its first message, and numbers its lines in their order', async () => {
    const virtual = await confirmedSession();
    const recorder = createRecorder({ path, maxBytes, clock: virtual.clock });
    virtual.transport.latest.drop();
    await virtual.clock.until(() => virtual.transport.dials.length === 2);
    await virtual.clock.settle();
    const utterance = virtual.session.speak(undefined);
    for (let piece = 0; piece < 500; piece += 1) {
      await utterance.write(new Uint8Array(320));
      await virtual.clock.settle();
    }
    await utterance.interrupt();
    await closeSession(virtual);
    await recorder.close();
    for (const file of [`${path}.1`, path]) {
      const lines = linesOf(file);
      const kinds = lines.map(({ kind }) => kind);
      expect(kinds).toContain('wire');
      expect(kinds.indexOf('session')).toBeGreaterThan(0);
      expect(kinds.indexOf('session')).toBeLessThan(kinds.indexOf('wire'));
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, at) => (lines[0]?.seq ?? 0) + at));
    }
  });
});

/** A program with the built package that creates a recorder and ends in the given way. */
function runProgram(ending: string): { readonly status: number | null; readonly stderr: string } {
  const program = `
    import { createRecorder } from './dist/recorder/index.js';
    import { CHANNELS } from './dist/index.js';
    import { channel } from 'node:diagnostics_channel';
    const recorder = createRecorder({ path: ${JSON.stringify(path)} });
    channel(CHANNELS.state).publish({ sessionId: 'one', from: 'idle', to: 'waiting', reason: '', phase: '' });
    ${ending}
  `;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return { status, stderr };
}

describe('a line that waits in memory', () => {
  it('is written when the process has no work left: the recorder keeps no process alive', () => {
    expect(runProgram('').status).toBe(0);
    expect(linesOf(path).slice(1)).toMatchObject([
      { kind: 'state', session_id: 'one' },
      { kind: 'end', reason: 'exit', exit_code: 0 },
    ]);
  });

  it('is written at process.exit(), without a change of its code', () => {
    expect(runProgram('process.exit(7);').status).toBe(7);
    expect(linesOf(path).at(-1)).toMatchObject({ kind: 'end', exit_code: 7 });
  });

  it('is written at a crash, which keeps its error and exit code', () => {
    const { status, stderr } = runProgram("throw new RangeError('with a secret in it');");
    expect(status).toBe(1);
    expect(stderr).toContain('RangeError: with a secret in it');
    expect(linesOf(path).slice(1)).toMatchObject([
      { kind: 'state' },
      { kind: 'uncaught', name: 'RangeError' },
      { kind: 'end', reason: 'exit', exit_code: 1 },
    ]);
    expect(readFileSync(path, 'utf8')).not.toContain('secret');
  });

  it('is written if the application handles an uncaught exception and continues', () => {
    const { status } = runProgram(`
      process.on('uncaughtException', () => recorder.close());
      throw new Error('x');
    `);
    expect(status).toBe(0);
    expect(kindsOf(path)).toEqual(['begin', 'state', 'uncaught', 'end']);
  });

  it('is written within a second also when the process is killed later', () => {
    const { status } = runProgram("setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000);");
    expect(status).toBe(null);
    expect(kindsOf(path)).toEqual(['begin', 'state']);
  });

  it('leaves no listener on the process', async () => {
    const before = [process.listenerCount('exit'), process.listenerCount('uncaughtExceptionMonitor')];
    const recorders = [createRecorder({ path }), createRecorder({ path: `${path}-2` })];
    await Promise.all(recorders.map((recorder) => recorder.close()));
    await recorders[0]?.close();
    expect([process.listenerCount('exit'), process.listenerCount('uncaughtExceptionMonitor')]).toEqual(
      before,
    );
  });
});
