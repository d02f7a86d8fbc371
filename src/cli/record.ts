/**
 * Flight records of the command: the one that it writes about its own sessions, and those that it reads. A file to read may come from
 * another person, so all of it is checked before it is used.
 */
import { faultOfLine, isKnownLine } from '../recorder/flight-record.js';
import type { FlightLine } from '../recorder/flight-record.js';
import { createRecorder } from '../recorder/index.js';
import type { Recorder } from '../recorder/index.js';
import { isFlightRecord } from '../recorder/record-file.js';
import { asInput, InputError } from './command.js';
import { openOutputFile, readInputFile } from './named-files.js';
import { shownPath } from './terminal.js';

export const RECORD_OPTIONS = {
  record: { type: 'string' },
  'record-payload': { type: 'boolean' },
  force: { type: 'boolean' },
} as const;

interface RecordValues {
  readonly record?: string | undefined;
  readonly 'record-payload'?: boolean | undefined;
  readonly force?: boolean | undefined;
}

/**
 * A record of the sessions of this process in a file that is empty at first; undefined if none is requested.
 *
 * @throws InputError for a file that can't be written, or that this program has not written
 */
export async function recordSessions(command: string, values: RecordValues): Promise<Recorder | undefined> {
  const { record: path, 'record-payload': payload = false, force = false } = values;
  if (path === undefined) {
    if (payload) throw new InputError(`${command}: --record-payload needs --record FILE`);
    if (force) throw new InputError(`${command}: --force is for the file of --record`);
    return undefined;
  }
  const file = await openOutputFile(path, { isOwn: isFlightRecord, force });
  try {
    await file.write('');
  } finally {
    await file.close();
  }
  return asInput(() => createRecorder({ path, payload }), shownPath(path));
}

/** Larger than two files of the default size. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export interface ReadRecord {
  readonly lines: readonly FlightLine[];
  /** Lines that could not be read, because they are cut or have a newer version. */
  readonly unread: number;
}

/** @throws InputError for a file that can't be read, and for one that is no flight record */
export async function readRecord(path: string): Promise<ReadRecord> {
  const text = new TextDecoder().decode(await readInputFile(path, MAX_RECORD_BYTES));
  if (!isFlightRecord(text)) throw new InputError(`${shownPath(path)}: this is not a flight record`);
  const lines: FlightLine[] = [];
  let unread = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const read = lineOf(line);
    if (read === undefined) unread += 1;
    else lines.push(read);
  }
  return { lines, unread };
}

function lineOf(text: string): FlightLine | undefined {
  try {
    const line = JSON.parse(text) as FlightLine;
    return faultOfLine(line) === undefined && isKnownLine(line) ? line : undefined;
  } catch {
    return undefined; // The process ended while it wrote the line.
  }
}
