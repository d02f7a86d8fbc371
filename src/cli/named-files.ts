/**
 * Files that the user named. An input file is a regular file, read up to a limit. The content of an output file is replaced only if this
 * program wrote it and it has not changed since, or with --force. Every failure counts as invalid input, reported in one line.
 */
import { constants } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { InputError } from './command.js';
import { shownPath } from './terminal.js';
import type { Terminal } from './terminal.js';

/** The limit for policies and fault plans: 1 MiB. */
export const MAX_TEXT_BYTES = 1024 * 1024;

const NOT_READ: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'no such file',
  EISDIR: 'this is a directory',
  EACCES: 'no permission to read it',
};

/**
 * A pipe or a device is refused: reading it may never end.
 *
 * @throws InputError naming the file and the reason
 */
export async function readInputFile(path: string, maxBytes: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Opening a pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isDirectory()) throw new InputError(`${shownPath(path)}: this is a directory`);
    if (!found.isFile()) throw new InputError(`${shownPath(path)}: this is not a regular file`);
    if (found.size > maxBytes) throw tooLarge(path, maxBytes);
    return await readAll(file, path, maxBytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new InputError(`${shownPath(path)}: ${NOT_READ[code] ?? `it can't be read (${code})`}`, {
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

/** The content as text in UTF-8. */
export async function readInputText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInputFile(path, MAX_TEXT_BYTES));
}

/**
 * Reads all of standard input.
 *
 * @throws InputError if it is a terminal, empty, or larger than the limit
 */
export async function readStandardInput(
  { input }: Pick<Terminal, 'input'>,
  maxBytes: number,
): Promise<Uint8Array> {
  if (input === undefined) {
    throw new InputError('standard input is a terminal: send a file into it, as in "< FILE"');
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of input) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge('standard input', maxBytes);
    pieces.push(piece);
  }
  if (bytes === 0) throw new InputError('standard input is empty');
  return Buffer.concat(pieces);
}

/** Counts the bytes that it reads: the size from `stat` may be 0, as in /proc, or grow meanwhile. */
async function readAll(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of file.createReadStream({ autoClose: false, end: maxBytes })) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
  }
  if (bytes > maxBytes) throw tooLarge(path, maxBytes);
  return Buffer.concat(pieces);
}

function tooLarge(path: string, maxBytes: number): InputError {
  return new InputError(`${shownPath(path)}: larger than ${maxBytes / 1024 / 1024} MiB`);
}

/** A larger file is not read, because this program writes none. */
const MAX_OWN_BYTES = 64 * 1024 * 1024;

const NOT_WRITTEN: Readonly<Record<string, string | undefined>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EISDIR: 'this is a directory',
  EACCES: 'no permission to write it',
  EPERM: 'no permission to write it',
  EROFS: 'no permission to write it',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'no space left on the device',
  ENXIO: 'nothing reads this pipe, or this is a socket',
  EPIPE: 'nothing reads this pipe',
};

export interface OutputChoice {
  /** Whether this program wrote a file with this content. */
  readonly isOwn: (content: string) => boolean;
  /** Whether to replace the file whatever its content. */
  readonly force: boolean;
}

/** A writable file. It is checked before the long work, and again before its content is replaced. */
export interface OutputFile {
  /** Replaces the content by a text in UTF-8. @throws InputError naming the file and the reason */
  write(text: string): Promise<void>;
  /** Closes the file. A file that was created but never written is removed. */
  close(): Promise<void>;
}

/**
 * Opens the file without changing it. An empty file, a pipe and a character device have no content that could be lost. Symbolic links are
 * followed.
 *
 * @throws InputError naming the file and the reason: it can't be written, or this program did not write it
 */
export async function openOutputFile(path: string, choice: OutputChoice): Promise<OutputFile> {
  const made = await unless('EEXIST', path, open(path, 'wx+'));
  if (made !== undefined) return new RegularFile(path, made, true, choice);
  const found = await unless('ENOENT', path, stat(path));
  if (found === undefined)
    throw new InputError(`${shownPath(path)}: this is a symbolic link without a target`);
  if (found.isDirectory()) throw new InputError(`${shownPath(path)}: this is a directory`);
  if (found.isFIFO() || found.isCharacterDevice()) return openStream(path);
  if (!found.isFile()) throw new InputError(`${shownPath(path)}: this is not a regular file`);
  // If it has become a pipe meanwhile, this does not wait for a reader.
  const file = await attempt(path, open(path, constants.O_RDWR | constants.O_NONBLOCK));
  const existing = new RegularFile(path, file, false, choice);
  try {
    await existing.check();
  } catch (error) {
    await file.close();
    throw error;
  }
  return existing;
}

class RegularFile implements OutputFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #choice: OutputChoice;
  #isUnused: boolean;

  constructor(path: string, file: FileHandle, isNew: boolean, choice: OutputChoice) {
    this.#path = path;
    this.#file = file;
    this.#choice = choice;
    this.#isUnused = isNew;
  }

  /** @throws InputError if the content may not be replaced, or if the path now refers to another file */
  async check(): Promise<void> {
    const path = this.#path;
    if (!(await this.#isStillThere()))
      throw new InputError(`${shownPath(path)} was replaced or removed meanwhile`);
    if (this.#choice.force || (await this.#isReplaceable())) return;
    const why = 'exists, and was not written by avatarkit-session, or was changed since';
    throw new InputError(`${shownPath(path)} ${why}: --force replaces it`);
  }

  async write(text: string): Promise<void> {
    // The work in between took long: another program may have written the file.
    await this.check();
    this.#isUnused = false;
    await attempt(this.#path, this.#file.truncate());
    await attempt(this.#path, this.#file.writeFile(text));
  }

  async close(): Promise<void> {
    const isOurs = this.#isUnused && (await this.#isStillThere()) && (await this.#file.stat()).size === 0;
    await this.#file.close();
    if (isOurs) await rm(this.#path, { force: true });
  }

  /** Whether it is empty, or was written by this program. */
  async #isReplaceable(): Promise<boolean> {
    const { size } = await this.#file.stat();
    return size === 0 || (size <= MAX_OWN_BYTES && this.#choice.isOwn(await readText(this.#file, size)));
  }

  async #isStillThere(): Promise<boolean> {
    const [open, there] = await Promise.all([this.#file.stat(), stat(this.#path).catch(() => undefined)]);
    return open.isFile() && there?.dev === open.dev && there.ino === open.ino;
  }
}

/** A pipe or a character device. A pipe without a reader is refused, because opening it would wait for one. */
async function openStream(path: string): Promise<OutputFile> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const probe = await attempt(path, open(path, flags));
  try {
    // Opened before the probe is closed: otherwise the reader would see the end of the file.
    const file = await attempt(path, open(path, 'w'));
    return {
      write: (text) => attempt(path, file.writeFile(text)),
      close: () => file.close(),
    };
  } finally {
    await probe.close();
  }
}

async function readText(file: FileHandle, bytes: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

/** Undefined for an error with the code `except`. @throws InputError for every other one */
async function unless<Value>(except: string, path: string, call: Promise<Value>): Promise<Value | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codeOf(error) === except) return undefined;
    throw inputError(path, error);
  }
}

/** @throws InputError for every error */
function attempt<Value>(path: string, call: Promise<Value>): Promise<Value> {
  return call.catch((error: unknown) => {
    throw inputError(path, error);
  });
}

function inputError(path: string, cause: unknown): InputError {
  const code = codeOf(cause);
  return new InputError(`${shownPath(path)}: ${NOT_WRITTEN[code] ?? `it can't be written (${code})`}`, {
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
