/** Reads a file that the user named; every way in which that fails is wrong input, told in one line. */
import { readFile } from 'node:fs/promises';
import { InputError } from './input-error.js';

const REASONS: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'no such file',
  EISDIR: 'this is a directory',
  EACCES: 'no permission to read it',
};

/** @throws InputError naming the file and the reason */
export async function readInputFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new InputError(`${path}: ${REASONS[code] ?? `it can't be read (${code})`}`, { cause: error });
  }
}

/** As text; UTF-8. */
export async function readInputText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInputFile(path));
}
