/** Every option that reads a file, with an unusable file: one line of error at once, and no endless read. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './fake-terminal.js';

let folder: string;
const at = (name: string): string => join(folder, name);

const READERS: readonly (readonly [name: string, args: (path: string) => readonly string[]])[] = [
  ['say FILE.wav', (path) => ['say', path]],
  ['say --policy', (path) => ['say', 'examples/audio/speech.wav', '--policy', path]],
  ['say --faults', (path) => ['say', 'examples/audio/speech.wav', '--faults', `@${path}`]],
  ['emulate --faults', (path) => ['emulate', '--faults', `@${path}`]],
  ['explain --file', (path) => ['explain', '--close', '4503', '--file', path]],
  ['policy --file', (path) => ['policy', '--file', path]],
  ['storm --policy', (path) => ['storm', '--quick', '--policy', path]],
];

const FILES: readonly (readonly [what: string, name: string, complaint: RegExp])[] = [
  ['a pipe without a writer', 'pipe', /this is not a regular file$/],
  ['a folder', 'folder', /this is a directory$/],
  ['a device without an end', '/dev/zero', /this is not a regular file$/],
  ['a symbolic link to a device without an end', 'to-zero', /this is not a regular file$/],
  ['a symbolic link without a target', 'to-nothing', /no such file$/],
  ['symbolic links in a circle', 'circle', /it can't be read \(ELOOP\)$/],
  ['a sparse file of 1 GB', 'sparse', /larger than \d+ MiB$/],
  ['a file of /proc, whose size is not known before', '/proc/self/environ', /./],
  ['bytes that are not text', 'bytes', /./],
  ['an empty file', 'empty', /./],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-files-'));
  await promisify(execFile)('mkfifo', [at('pipe')]);
  await mkdir(at('folder'));
  await symlink('/dev/zero', at('to-zero'));
  await symlink(at('missing'), at('to-nothing'));
  await symlink(at('circle'), at('circle'));
  await using sparse = await open(at('sparse'), 'w');
  await sparse.truncate(1_000_000_000);
  await writeFile(
    at('bytes'),
    Uint8Array.from({ length: 4_096 }, (_, nth) => (nth * 151) % 256),
  );
  await writeFile(at('empty'), '');
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(READERS)('%s', (_option, args) => {
  it.each(FILES)('with %s: one line, and status 2', async (_what, name, complaint) => {
    const bytesBefore = process.memoryUsage().rss;
    const path = name.startsWith('/') ? name : at(name);
    const { exitCode, complaints } = await runCommand(args(path));
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(complaint)]);
    expect(complaints[0]).not.toMatch(/[\p{Cc}\n]/u);
    expect(process.memoryUsage().rss - bytesBefore).toBeLessThan(128 * 1024 * 1024);
  });
});

describe.each(['--svg', '--html'])('storm %s', (option) => {
  it.each([
    ['a folder', 'folder', /this is a directory$/],
    ['a pipe without a reader', 'pipe', /nothing reads this pipe/],
    ['a symbolic link without a target', 'to-nothing', /this is a symbolic link without a target$/],
    ['symbolic links in a circle', 'circle', /too many symbolic links$/],
    ['a file of 1 GB', 'sparse', /--force replaces it$/],
    ['a file in a folder that does not exist', 'missing/plot', /no such folder$/],
  ])('%s: one line, and status 2', async (_what, name, complaint) => {
    const { exitCode, complaints } = await runCommand(['storm', '--quick', option, at(name)]);
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(complaint)]);
  });
});
