/**
 * The destinations of a record's lines: a file that is rotated, or a stream of the application. Bounded, in memory and on the disk. Must
 * not know the content of a line.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { FORMAT } from './line-kinds.js';

/** A destination of lines. Lines end with a line feed. */
export interface LineSink {
  /** A longer line is dropped. */
  readonly maxLineBytes: number;
  /** Begins another file if the next lines, of this many bytes, would make this one too large. @throws the system's errors */
  makeRoom(bytes: number): void;
  /** @returns false if the line is dropped. @throws the system's errors */
  add(line: string): boolean;
  /** Passes all added lines to the system. @throws the system's errors */
  flush(): void;
  close(): void;
}

/** Lines wait in memory up to this many characters. */
const MAX_WAITING_CHARACTERS = 64 * 1_024;
/** The first line of a file is ASCII, and no longer than this. */
const MAX_FIRST_LINE_BYTES = 512;
/** The beginning of every flight record. */
const BEGINNING = `{"kind":"begin","seq":`;

export interface RecordFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** The first line of a file. @param continued whether another part of the record was moved away */
  readonly firstLine: (continued: boolean) => string;
}

/**
 * The files that recorders of this process write, by device and number: two recorders with the same file would count and rotate
 * independently.
 */
const WRITTEN = new Set<string>();

/** Appends to a file; a full one is moved to `PATH.1`, which it replaces. */
export class RecordFile implements LineSink {
  readonly maxLineBytes: number;
  readonly #options: RecordFileOptions;
  #file: number;
  #identity: string;
  /** The size of the file, including waiting lines. */
  #bytes: number;
  #waiting: string[] = [];
  #waitingCharacters = 0;

  /** @throws the system's errors, and an Error for a file that is no flight record, or that another recorder writes */
  constructor(options: RecordFileOptions) {
    this.#options = options;
    // Two such lines and the first line fit into a file.
    this.maxLineBytes = Math.floor((options.maxBytes - MAX_FIRST_LINE_BYTES) / 2);
    this.#file = openSync(options.path, 'a+', 0o600);
    this.#identity = identityOf(this.#file);
    try {
      this.#bytes = sizeOf(this.#file, options.path);
      if (WRITTEN.has(this.#identity))
        throw new Error(`${options.path} is written by another recorder of this process`);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
    WRITTEN.add(this.#identity);
    if (this.#bytes + MAX_FIRST_LINE_BYTES > options.maxBytes) {
      this.#rotate();
    } else {
      // A crash may have cut the last line.
      const line = `${this.#bytes > 0 ? '\n' : ''}${options.firstLine(false)}`;
      this.#queue(line, line.length);
    }
    this.flush();
  }

  makeRoom(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#options.maxBytes) this.#rotate();
  }

  add(line: string): boolean {
    const bytes = Buffer.byteLength(line);
    if (bytes > this.maxLineBytes) return false;
    this.makeRoom(bytes);
    this.#queue(line, bytes);
    return true;
  }

  #queue(line: string, bytes: number): void {
    this.#waiting.push(line);
    this.#bytes += bytes;
    this.#waitingCharacters += line.length;
    if (this.#waitingCharacters >= MAX_WAITING_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.join(''));
    // Reset before the write: if the write fails, the same lines must not fail again.
    this.#waiting = [];
    this.#waitingCharacters = 0;
    for (let from = 0; from < bytes.length;) from += writeSync(this.#file, bytes, from);
  }

  close(): void {
    try {
      this.flush();
    } finally {
      WRITTEN.delete(this.#identity);
      closeSync(this.#file);
    }
  }

  #rotate(): void {
    const { path, firstLine } = this.#options;
    this.flush();
    renameSync(path, `${path}.1`);
    const before = this.#file;
    this.#file = openSync(path, 'a+', 0o600);
    closeSync(before);
    WRITTEN.delete(this.#identity);
    this.#identity = identityOf(this.#file);
    WRITTEN.add(this.#identity);
    this.#bytes = 0;
    const line = firstLine(true);
    this.#queue(line, line.length);
  }
}

function identityOf(file: number): string {
  const { dev, ino } = fstatSync(file, { bigint: true });
  return `${dev} ${ino}`;
}

function sizeOf(file: number, path: string): number {
  const found = fstatSync(file);
  if (!found.isFile()) throw new TypeError(`path must name a file: ${path} is none`);
  if (found.size === 0) return 0;
  const beginning = Buffer.alloc(200);
  const text = beginning.toString('utf8', 0, readSync(file, beginning, 0, beginning.length, 0));
  if (!isFlightRecord(text)) {
    throw new Error(`${path} exists and is no flight record: nothing is added to it`);
  }
  return found.size;
}

/** Whether a file that begins with this text is a flight record. */
export function isFlightRecord(text: string): boolean {
  return text.startsWith(BEGINNING) && text.slice(0, 200).includes(`"format":"${FORMAT}"`);
}

/** The part of a stream that is used; Node's streams have it. */
export interface LineStream {
  /** Takes a piece of text. */
  write(text: string): unknown;
  /** Characters or bytes in its buffer. */
  readonly writableLength?: number;
}

/** The limit of a stream's buffer, after which lines are dropped. */
const MAX_STREAM_LENGTH = 1_024 * 1_024;

/** Passes every line on at once; it does not end the stream. */
export class RecordStream implements LineSink {
  readonly maxLineBytes = MAX_STREAM_LENGTH;
  readonly #stream: LineStream;
  /** Called if the stream fails after the call that wrote to it. */
  readonly #onFailure: (error: unknown) => void;
  /** Characters of writes whose promises are pending. */
  #pending = 0;
  #hasFailed = false;

  constructor(stream: LineStream, firstLine: string, onFailure: (error: unknown) => void) {
    this.#stream = stream;
    this.#onFailure = onFailure;
    // Without a listener, an 'error' of a Node stream would end the process.
    if (isEmitter(stream)) stream.on('error', this.#failed);
    this.add(firstLine);
  }

  makeRoom(): void {
    // A stream has no files to rotate.
  }

  add(line: string): boolean {
    const stream: LineStream & { readonly writable?: unknown; readonly errored?: unknown } = this.#stream;
    if (stream.writable === false) {
      this.#hasFailed = true;
      const { errored } = stream;
      throw errored instanceof Error ? errored : new Error('the stream has been ended');
    }
    const held = (stream.writableLength ?? 0) + this.#pending;
    if (held + line.length > MAX_STREAM_LENGTH) return false;
    const written = stream.write(line);
    if (isThenable(written)) void this.#wait(written, line.length);
    return true;
  }

  flush(): void {
    // No lines wait here.
  }

  close(): void {
    const stream = this.#stream;
    // A stream with buffered bytes may fail after the end of the record: then the listener stays.
    const isIdle = !this.#hasFailed && (stream.writableLength ?? 0) === 0;
    if (isIdle && isEmitter(stream)) stream.off('error', this.#failed);
  }

  /** Awaits the promise that `write` of a web stream's writer or of a file handle returns. */
  async #wait(written: PromiseLike<unknown>, characters: number): Promise<void> {
    this.#pending += characters;
    try {
      await written;
    } catch (error) {
      this.#failed(error);
    }
    this.#pending -= characters;
  }

  readonly #failed = (error: unknown): void => {
    this.#hasFailed = true;
    this.#onFailure(error);
  };
}

interface Emitter {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

function isEmitter(value: object): value is Emitter {
  const { on, off } = value as Partial<Emitter>;
  return typeof on === 'function' && typeof off === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (Object(value) as { readonly then?: unknown }).then === 'function';
}
