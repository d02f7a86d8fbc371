/**
 * Files that the user named for output. The content of a file is replaced only if this program wrote it, or
 * with --force. Every failure of that is wrong input, reported in one line.
 */
import { open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { InputError } from './command.js';

/** The mark of this program is looked for in so much of a file, bytes. */
const MARK_WITHIN_BYTES = 4 * 1024;

const REASONS: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EISDIR: 'this is a directory',
  EACCES: 'no permission to write it',
  EROFS: 'no permission to write it',
};

export interface OutputChoice {
  /** What every file that this program writes there contains, within its first 4 KiB. */
  readonly mark: string;
  /** Replace the file whatever is in it. */
  readonly force: boolean;
}

/** A file that can be written: the check is made before long work, and the file is the same afterwards. */
export interface OutputFile {
  /** UTF-8; what was in the file is gone. @throws InputError naming the file and the reason */
  write(text: string): Promise<void>;
  /** Closes it. A file that was made for this and never written is removed. */
  close(): Promise<void>;
}

/**
 * Nothing in the file changes yet. An empty file, a pipe and a device have no content that could be lost.
 *
 * @throws InputError naming the file and the reason: it can't be written, or this program did not write it
 */
export async function openOutputFile(path: string, choice: OutputChoice): Promise<OutputFile> {
  const found = await stat(path).catch(() => undefined);
  const holdsNothing = found?.isFIFO() === true || found?.isCharacterDevice() === true;
  const flags = found === undefined ? 'wx' : holdsNothing ? 'w' : 'r+';
  const file = await open(path, flags).catch((error: unknown) => refuse(path, error));
  if (found?.isFile() === true && !choice.force && !(await isReplaceable(file, choice.mark))) {
    await file.close();
    throw new InputError(`${path} exists, and avatarkit-session did not write it: --force replaces it`);
  }
  let isUnused = found === undefined;
  return {
    async write(text) {
      isUnused = false;
      if (!holdsNothing) await file.truncate();
      await file.writeFile(text).catch((error: unknown) => refuse(path, error));
    },
    async close() {
      await file.close();
      if (isUnused) await rm(path, { force: true });
    },
  };
}

async function isReplaceable(file: FileHandle, mark: string): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MARK_WITHIN_BYTES), 0, MARK_WITHIN_BYTES, 0);
  return bytesRead === 0 || buffer.toString('utf8', 0, bytesRead).includes(mark);
}

function refuse(path: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  throw new InputError(`${path}: ${REASONS[code] ?? `it can't be written (${code})`}`, { cause: error });
}
