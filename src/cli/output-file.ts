/** Writes files that the user named; every way in which that fails is wrong input, told in one line. */
import { open, writeFile } from 'node:fs/promises';
import { InputError } from './input-error.js';

const REASONS: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EISDIR: 'this is a directory',
  EACCES: 'no permission to write it',
  EROFS: 'no permission to write it',
};

/**
 * Finds out before long work whether the file can be written. What is in it stays; an empty one is made where none is.
 *
 * @throws InputError naming the file and the reason
 */
export async function requireWritableFile(path: string): Promise<void> {
  const file = await open(path, 'a').catch((error: unknown) => refuse(path, error));
  await file.close();
}

/** UTF-8; what was in the file is gone. @throws InputError naming the file and the reason */
export async function writeOutputFile(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: unknown) => refuse(path, error));
}

function refuse(path: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  throw new InputError(`${path}: ${REASONS[code] ?? `it can't be written (${code})`}`, { cause: error });
}
