/**
 * Where the lines of a record go: a file that is rotated, or a stream of the application. Bounded, in memory as on the disk. Must not know
 * what a line says.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { FORMAT } from './line-kinds.js';

/** What lines are written to. Lines end with a line feed. */
export interface LineSink {
  /** @returns false where the line is dropped. @throws what the system throws */
  add(line: string): boolean;
  /** Everything that was added is handed to the system. @throws what the system throws */
  flush(): void;
  close(): void;
}

/** Lines wait in memory up to this many characters. */
const MAX_WAITING_CHARACTERS = 64 * 1_024;
/** What a file of this kind begins with. */
const BEGINNING = `{"kind":"begin","seq":`;

export interface RecordFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** The first line of a file. @param continued whether another part of the record was moved away */
  readonly firstLine: (continued: boolean) => string;
}

/** Appends to a file; a full one is moved to `PATH.1`, which it replaces. */
export class RecordFile implements LineSink {
  readonly #options: RecordFileOptions;
  #file: number;
  #bytes: number;
  #waiting: string[] = [];
  #waitingCharacters = 0;

  /** @throws what the system throws, and an Error for a file that is no flight record */
  constructor(options: RecordFileOptions) {
    this.#options = options;
    this.#file = openSync(options.path, 'a+', 0o600);
    try {
      this.#bytes = sizeOf(this.#file, options.path);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
    // The last line may have been cut short by a crash.
    if (this.#bytes > 0) this.add('\n');
    this.add(options.firstLine(false));
    this.flush();
  }

  add(line: string): boolean {
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    if (this.#waitingCharacters >= MAX_WAITING_CHARACTERS) this.flush();
    return true;
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.join(''));
    // Before the write: where that fails, the same lines must not fail again.
    this.#waiting = [];
    this.#waitingCharacters = 0;
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.maxBytes) this.#rotate();
    this.#write(bytes);
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #rotate(): void {
    const { path, firstLine } = this.#options;
    renameSync(path, `${path}.1`);
    const before = this.#file;
    this.#file = openSync(path, 'a+', 0o600);
    closeSync(before);
    this.#bytes = 0;
    this.#write(Buffer.from(firstLine(true)));
  }

  #write(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) from += writeSync(this.#file, bytes, from);
    this.#bytes += bytes.length;
  }
}

function sizeOf(file: number, path: string): number {
  const found = fstatSync(file);
  if (!found.isFile()) throw new TypeError(`path must name a file: ${path} is none`);
  if (found.size === 0) return 0;
  const beginning = Buffer.alloc(200);
  const text = beginning.toString('utf8', 0, readSync(file, beginning, 0, beginning.length, 0));
  if (!isFlightRecord(text)) {
    throw new Error(`${path} is there, and is no flight record: nothing is added to it`);
  }
  return found.size;
}

/** Whether a file that begins with this text is a flight record. */
export function isFlightRecord(text: string): boolean {
  return text.startsWith(BEGINNING) && text.slice(0, 200).includes(`"format":"${FORMAT}"`);
}

/** What a stream must have; those of Node do. */
export interface LineStream {
  /** Takes a piece of text. */
  write(text: string): unknown;
  /** Characters or bytes that it has taken, and not passed on. */
  readonly writableLength?: number;
}

/** A stream that passes nothing on may hold so much. */
const MAX_STREAM_LENGTH = 1_024 * 1_024;

/** Hands every line on at once; it does not end the stream. */
export class RecordStream implements LineSink {
  readonly #stream: LineStream;

  constructor(stream: LineStream, firstLine: string) {
    this.#stream = stream;
    this.add(firstLine);
  }

  add(line: string): boolean {
    const { writableLength = 0 } = this.#stream;
    if (writableLength + line.length > MAX_STREAM_LENGTH) return false;
    this.#stream.write(line);
    return true;
  }

  flush(): void {
    // Nothing waits here.
  }

  close(): void {
    // The stream is the application's.
  }
}
