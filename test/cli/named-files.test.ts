/** A mistyped file name does not overwrite a file of the user. */
import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutputFile, readInputFile } from '../../src/cli/named-files.js';
import { isStormFile, signStormFile, UNSIGNED_MARK } from '../../src/storm/storm-svg.js';
import { runCommand } from './fake-terminal.js';

const run = promisify(execFile);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
  path = join(folder, 'plot.svg');
});
afterEach(() => rm(folder, { recursive: true }));

const CHOICE = { isOwn: isStormFile, force: false };
/** As a run writes it. */
const plot = (content: string): string => signStormFile(`<svg><!-- ${UNSIGNED_MARK} -->${content}</svg>`);

async function write(text: string, force = false): Promise<void> {
  const file = await openOutputFile(path, { ...CHOICE, force });
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}

const REFUSED =
  /exists, and was not written by avatarkit-session, or was changed since: --force replaces it$/;

describe('an output file', () => {
  it('that does not exist is made', async () => {
    await write(plot('1'));
    expect(await readFile(path, 'utf8')).toBe(plot('1'));
  });

  it('of an earlier run is replaced, by a shorter text, too', async () => {
    await write(`${plot('something longer than what follows')}\n`);
    await write(plot('2'));
    expect(await readFile(path, 'utf8')).toBe(plot('2'));
  });

  it.each([
    ['that is empty', '', false],
    ['of the user, when that is forced', '# Notes\n', true],
  ])('%s is replaced', async (_what, before, force) => {
    await writeFile(path, before);
    await write(plot('2'), force);
    expect(await readFile(path, 'utf8')).toBe(plot('2'));
  });

  it.each<[string, string]>([
    ['of the user', '# Notes\n'],
    ['of the user that mentions the command', '# Notes\n\navatarkit-session storm --svg plot.svg\n'],
    ['of the user that begins like ours', '<svg><!-- avatarkit-session storm --></svg>'],
    ['of the user that quotes a mark', `# Notes\n${plot('1').slice(0, 120)}`],
    ['of the user that quotes ours whole', `# Notes\n${plot('1')}`],
    ['of ours with a line of the user behind it', `${plot('1')}<!-- mine -->\n`],
    ['of ours that the user changed', plot('1').replace('1</svg>', '2</svg>')],
    ['of ours that was cut', plot('1').slice(0, -1)],
    ['of ours that was never signed', `<svg><!-- ${UNSIGNED_MARK} --></svg>`],
  ])('%s stays as it is', async (_what, before) => {
    await writeFile(path, before);
    await expect(write(plot('new'))).rejects.toThrow(REFUSED);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('that is never written is not left behind, and one that was there is not touched', async () => {
    await (await openOutputFile(path, CHOICE)).close();
    expect(await readdir(folder)).toEqual([]);
    await write(plot('1'));
    const before = await readFile(path, 'utf8');
    await (await openOutputFile(path, CHOICE)).close();
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it.each([false, true])(
    'that another process writes between the check and the end is kept; ours was there before: %s',
    async (ours) => {
      if (ours) await write(plot('1'));
      const file = await openOutputFile(path, CHOICE);
      await writeFile(path, '# Notes\n');
      await expect(file.write(plot('new'))).rejects.toThrow(REFUSED);
      await file.close();
      expect(await readFile(path, 'utf8')).toBe('# Notes\n');
    },
  );

  it('that another one takes the place of meanwhile is not written, and the other stays', async () => {
    const file = await openOutputFile(path, { ...CHOICE, force: true });
    await writeFile(join(folder, 'other'), '# Notes\n');
    await rename(join(folder, 'other'), path);
    await expect(file.write(plot('new'))).rejects.toThrow(`${path} was replaced or removed meanwhile`);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('# Notes\n');
  });

  it('behind a symbolic link is written, or stays, like any other', async () => {
    const target = join(folder, 'target.svg');
    await writeFile(target, '# Notes\n');
    await symlink(target, path);
    await expect(write(plot('1'))).rejects.toThrow(REFUSED);
    await writeFile(target, '');
    await write(plot('1'));
    expect(await readFile(target, 'utf8')).toBe(plot('1'));
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a directory', () => mkdir(path), /plot\.svg: this is a directory$/],
    ['a link to a directory', () => symlink(folder, path), /plot\.svg: this is a directory$/],
    [
      'a link to nothing',
      () => symlink(join(folder, 'no'), path),
      /plot\.svg: this is a symbolic link without a target$/,
    ],
    ['a link to itself', () => symlink(path, path), /plot\.svg: too many symbolic links$/],
    ['in no folder', () => (path = join(folder, 'no', 'plot.svg')), /plot\.svg: no such folder$/],
    ['a pipe that nothing reads', () => run('mkfifo', [path]), /plot\.svg: nothing reads this pipe/],
    ['a full device', () => (path = '/dev/full'), /^\/dev\/full: no space left on the device$/],
    ['a name that is too long', () => (path = join(folder, 'x'.repeat(300))), /x: the name is too long$/],
  ])('that is %s is refused in one line', async (_what, make, message) => {
    await make();
    for (const force of [false, true]) await expect(write(plot('1'), force)).rejects.toThrow(message);
  });

  it('may be a pipe that something reads', async () => {
    await run('mkfifo', [path]);
    const [{ stdout }] = await Promise.all([run('cat', [path]), whenRead(() => write(plot('1')))]);
    expect(stdout).toBe(plot('1'));
  });

  it('may be a device, which holds nothing that could be lost', async () => {
    path = '/dev/null';
    await write(plot('1'));
    expect((await readFile(path)).length).toBe(0);
  });
});

/** Until the reader has opened the pipe. */
async function whenRead(write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (!String(error).includes('nothing reads this pipe')) throw error;
      await new Promise(setImmediate);
    }
  }
}

describe('an input file', () => {
  it('that is a pipe is refused, and its writer is not waited for', async () => {
    await run('mkfifo', [path]);
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

it('storm does not take one file for the plot and the page', async () => {
  const { exitCode, complaints } = await runCommand(['storm', '--quick', '--svg', path, '--html', path]);
  expect(exitCode).toBe(2);
  expect(complaints).toEqual([expect.stringMatching(/--svg and --html name the same file, .*plot\.svg$/)]);
});
