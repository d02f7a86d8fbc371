/** What a user has in a file is not lost by a name that was typed too fast. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutputFile } from '../../src/cli/output-file.js';
import { readInputFile } from '../../src/cli/read-input-file.js';
import { runCommand } from './fake-terminal.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
  path = join(folder, 'plot.svg');
});
afterEach(() => rm(folder, { recursive: true }));

const CHOICE = { mark: 'made here', force: false };

async function write(text: string, choice = CHOICE): Promise<void> {
  const file = await openOutputFile(path, choice);
  await file.write(text);
  await file.close();
}

describe('an output file', () => {
  it('that does not exist is made', async () => {
    await write('made here: 1');
    expect(await readFile(path, 'utf8')).toBe('made here: 1');
  });

  it.each([
    ['of an earlier run', 'made here: something longer than what follows', false],
    ['that is empty', '', false],
    ['of the user, when that is forced', '# Notes\n', true],
  ])('%s is replaced', async (_what, before, force) => {
    await writeFile(path, before);
    await write('made here: 2', { ...CHOICE, force });
    expect(await readFile(path, 'utf8')).toBe('made here: 2');
  });

  it.each([
    ['of the user', '# Notes\n'],
    ['of the user that has the mark far behind its beginning', `${'x'.repeat(5_000)}made here`],
  ])('%s stays as it is', async (_what, before) => {
    await writeFile(path, before);
    await expect(write('made here: 3')).rejects.toThrow(
      `${path} exists, and avatarkit-session did not write it: --force replaces it`,
    );
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('that is never written is not left behind, and one that was there is not touched', async () => {
    await (await openOutputFile(path, CHOICE)).close();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, 'made here: 4');
    await (await openOutputFile(path, CHOICE)).close();
    expect(await readFile(path, 'utf8')).toBe('made here: 4');
  });

  it('may be a device, which holds nothing that could be lost', async () => {
    path = '/dev/null';
    await write('made here: 5');
    expect((await readFile(path)).length).toBe(0);
  });
});

describe('an input file', () => {
  it('that is a pipe is refused, and its writer is not waited for', async () => {
    await promisify(execFile)('mkfifo', [path]);
    await expect(readInputFile(path, 10)).rejects.toThrow(`${path}: this is no regular file`);
  });

  it('is read to its last byte, up to the bound', async () => {
    await writeFile(path, '1234567890');
    expect(Buffer.from(await readInputFile(path, 10)).toString()).toBe('1234567890');
    await writeFile(path, '12345678901');
    await expect(readInputFile(path, 10)).rejects.toThrow(`${path}: larger than`);
  });
});

it.each(['--svg', '--html'])('storm %s keeps a file of the user, and says so in one line', async (option) => {
  await writeFile(path, '# Notes\n');
  const { exitCode, complaints } = await runCommand(['storm', '--quick', option, path]);
  expect(exitCode).toBe(2);
  expect(complaints).toEqual([expect.stringMatching(/plot\.svg exists, .* --force replaces it/)]);
  expect(await readFile(path, 'utf8')).toBe('# Notes\n');
});

it('storm replaces its own files', async () => {
  const html = join(folder, 'plot.html');
  const args = ['storm', '--quick', '--svg', path, '--html', html];
  expect((await runCommand(args)).exitCode).toBe(0);
  const first = await readFile(html, 'utf8');
  expect((await runCommand([...args, '--seed', '2'])).exitCode).toBe(0);
  expect(await readFile(html, 'utf8')).not.toBe(first);
});
