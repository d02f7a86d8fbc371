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
/** A plot as a run of the command writes it. */
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
  it('that does not exist is created', async () => {
    await write(plot('1'));
    expect(await readFile(path, 'utf8')).toBe(plot('1'));
  });

  it('of an earlier run is replaced, also by a shorter text', async () => {
    await write(`${plot('something longer than what follows')}\n`);
    await write(plot('2'));
    expect(await readFile(path, 'utf8')).toBe(plot('2'));
  });

  it.each([
    ['that is empty', '', false],
    ['of the user, with --force', '# Notes\n', true],
  ])('%s is replaced', async (_what, before, force) => {
    await writeFile(path, before);
    await write(plot('2'), force);
    expect(await readFile(path, 'utf8')).toBe(plot('2'));
  });

  it.each<[string, string]>([
    ['of the user', '# Notes\n'],
    ['of the user that mentions the command', '# Notes\n\navatarkit-session storm --svg plot.svg\n'],
    ['of the user that begins like a generated file', '<svg><!-- avatarkit-session storm --></svg>'],
    ['of the user that contains a mark', `# Notes\n${plot('1').slice(0, 120)}`],
    ['of the user that contains a whole generated file', `# Notes\n${plot('1')}`],
    ['that was generated, with a line of the user after it', `${plot('1')}<!-- mine -->\n`],
    ['that was generated and then changed by the user', plot('1').replace('1</svg>', '2</svg>')],
    ['that was generated and then cut', plot('1').slice(0, -1)],
    ['that was generated but never signed', `<svg><!-- ${UNSIGNED_MARK} --></svg>`],
  ])('%s is not changed', async (_what, before) => {
    await writeFile(path, before);
    await expect(write(plot('new'))).rejects.toThrow(REFUSED);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('that is never written is removed, and an existing one is not changed', async () => {
    await (await openOutputFile(path, CHOICE)).close();
    expect(await readdir(folder)).toEqual([]);
    await write(plot('1'));
    const before = await readFile(path, 'utf8');
    await (await openOutputFile(path, CHOICE)).close();
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it.each([false, true])(
    'that another process writes between the check and the end is kept; a generated file existed before: %s',
    async (ours) => {
      if (ours) await write(plot('1'));
      const file = await openOutputFile(path, CHOICE);
      await writeFile(path, '# Notes\n');
      await expect(file.write(plot('new'))).rejects.toThrow(REFUSED);
      await file.close();
      expect(await readFile(path, 'utf8')).toBe('# Notes\n');
    },
  );

  it('that was replaced by another file meanwhile is not written, and the other file is not changed', async () => {
    const file = await openOutputFile(path, { ...CHOICE, force: true });
    await writeFile(join(folder, 'other'), '# Notes\n');
    await rename(join(folder, 'other'), path);
    await expect(file.write(plot('new'))).rejects.toThrow(`${path} was replaced or removed meanwhile`);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('# Notes\n');
  });

  it('behind a symbolic link is written, or kept, like any other', async () => {
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
      'a link without a target',
      () => symlink(join(folder, 'no'), path),
      /plot\.svg: this is a symbolic link without a target$/,
    ],
    ['a link to itself', () => symlink(path, path), /plot\.svg: too many symbolic links$/],
    ['in no folder', () => (path = join(folder, 'no', 'plot.svg')), /plot\.svg: no such folder$/],
    ['a pipe without a reader', () => run('mkfifo', [path]), /plot\.svg: nothing reads this pipe/],
    ['a full device', () => (path = '/dev/full'), /^\/dev\/full: no space left on the device$/],
    ['a name that is too long', () => (path = join(folder, 'x'.repeat(300))), /x: the name is too long$/],
  ])('that is %s is refused with one line', async (_what, make, message) => {
    await make();
    for (const force of [false, true]) await expect(write(plot('1'), force)).rejects.toThrow(message);
  });

  it('can be a pipe with a reader', async () => {
    await run('mkfifo', [path]);
    const [{ stdout }] = await Promise.all([run('cat', [path]), whenRead(() => write(plot('1')))]);
    expect(stdout).toBe(plot('1'));
  });

  it('can be a device, which has no content to lose', async () => {
    path = '/dev/null';
    await write(plot('1'));
    expect((await readFile(path)).length).toBe(0);
  });
});

/** Repeats until the reader has opened the pipe. */
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
  it('that is a pipe is refused, without a wait for its writer', async () => {
    await run('mkfifo', [path]);
    await expect(readInputFile(path, 10)).rejects.toThrow(`${path}: this is not a regular file`);
  });

  it('is read to its last byte, up to the limit', async () => {
    await writeFile(path, '1234567890');
    expect(Buffer.from(await readInputFile(path, 10)).toString()).toBe('1234567890');
    await writeFile(path, '12345678901');
    await expect(readInputFile(path, 10)).rejects.toThrow(`${path}: larger than`);
  });
});

it.each(['--svg', '--html'])(
  'storm %s keeps a file of the user, and reports it in one line',
  async (option) => {
    await writeFile(path, '# Notes\n');
    const { exitCode, complaints } = await runCommand(['storm', '--quick', option, path]);
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(/plot\.svg exists, .* --force replaces it/)]);
    expect(await readFile(path, 'utf8')).toBe('# Notes\n');
  },
);

it('storm replaces its own files', async () => {
  const html = join(folder, 'plot.html');
  const args = ['storm', '--quick', '--svg', path, '--html', html];
  expect((await runCommand(args)).exitCode).toBe(0);
  const first = await readFile(html, 'utf8');
  expect((await runCommand([...args, '--seed', '2'])).exitCode).toBe(0);
  expect(await readFile(html, 'utf8')).not.toBe(first);
});

it('storm refuses the same file for the plot and the page', async () => {
  const { exitCode, complaints } = await runCommand(['storm', '--quick', '--svg', path, '--html', path]);
  expect(exitCode).toBe(2);
  expect(complaints).toEqual([expect.stringMatching(/--svg and --html name the same file, .*plot\.svg$/)]);
});
