/**
 * Reads a regular file that the user named, up to a bound. Every failure of that is wrong input, reported in
 * one line.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { InputError } from './command.js';
import { shownPath } from './output-text.js';

/** Policies and fault plans; 1 MiB. */
export const MAX_TEXT_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'no such file',
  EISDIR: 'this is a directory',
  EACCES: 'no permission to read it',
};

/**
 * A pipe or a device is refused: it may never end, or never give anything.
 *
 * @throws InputError naming the file and the reason
 */
export async function readInputFile(path: string, maxBytes: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // To open a pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isDirectory()) throw new InputError(`${shownPath(path)}: this is a directory`);
    if (!found.isFile()) throw new InputError(`${shownPath(path)}: this is no regular file`);
    return await readAll(file, path, maxBytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new InputError(`${shownPath(path)}: ${REASONS[code] ?? `it can't be read (${code})`}`, {
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

/** As text; UTF-8. */
export async function readInputText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInputFile(path, MAX_TEXT_BYTES));
}

/** Counts the bytes that it reads: the size from `stat` may be 0, as in /proc, or grow meanwhile. */
async function readAll(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of file.createReadStream({ autoClose: false, end: maxBytes })) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
  }
  if (bytes > maxBytes) throw new InputError(`${shownPath(path)}: larger than ${maxBytes / 1024 / 1024} MiB`);
  return Buffer.concat(pieces);
}
