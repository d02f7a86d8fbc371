/// <reference types="node" preserve="true" />
/**
 * The public surface of `avatarkit-session/recorder`: a flight recorder, which writes down what the sessions of this process do. Nothing of
 * it is done before a recorder is made, nor after it is closed.
 */
import { createSystemClock } from '../adapters/node/system-clock.js';
import { requireBoolean, requireNumber, requireOptions, requireString } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import { RecordFile, RecordStream } from './record-file.js';
import type { LineStream } from './record-file.js';
import { FlightRecorder } from './flight-recorder.js';

export type { LineStream } from './record-file.js';

/** Options of `createRecorder`: `path`, or `stream`. */
export interface RecorderOptions {
  /**
   * The file. It is made with the mode 0600; a flight record that is there is continued, and any other content refused. One recorder at a
   * time may write a file: put `process.pid` into the name where there are several.
   *
   * @default none: `stream` is given
   */
  readonly path?: string | undefined;
  /**
   * Where lines go instead: anything with `write(text)`. It is not ended. One that holds 1 MiB gets no further line. When it fails, or has
   * been ended, the record ends with a process warning.
   *
   * @default none: `path` is given
   */
  readonly stream?: LineStream | undefined;
  /**
   * A file that would become larger is moved to `PATH.1`, whose content is lost, and a new one begins: the disk holds at most twice as
   * much. Bytes, 65 536 or more; with `path` only.
   *
   * @default 16_777_216
   */
  readonly maxBytes?: number | undefined;
  /**
   * Whether lines hold the messages with audio and keyframes, too. The record then contains what was said: treat it as the speech itself.
   *
   * @default false
   */
  readonly payload?: boolean | undefined;
  /**
   * The time that lines have, for sessions in virtual time: give them the same one.
   *
   * @default the system's
   */
  readonly clock?: Pick<Clock, 'epochMs'> | undefined;
}

/** A recorder that runs. */
export interface Recorder {
  /** Lines that could not be written: the stream held too much, the line was too long, or the file failed. */
  readonly droppedLines: number;
  /** Hands what waits to the system, at once. It happens by itself twice a second, with every failure, and when the process ends. */
  flush(): void;
  /** Ends the record. A second call changes nothing. */
  close(): Promise<void>;
  /** Ends the record, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const NAMES = ['path', 'stream', 'maxBytes', 'payload', 'clock'];
const DEFAULT_MAX_BYTES = 16 * 1_024 * 1_024;
const LEAST_MAX_BYTES = 64 * 1_024;

/**
 * Writes down what every session of this process does from now on, as JSON Lines: everything that is published on the channels, and the
 * size and the time of every message of connections that are dialled from now on. Without secrets, and without speech unless `payload` is
 * true. Lines are written by synchronous calls, at most twice a second unless there is much. It keeps no process from ending.
 *
 * A file that can't be written any more ends the record, with a process warning (`AvatarKitRecorderWarning`), and harms no session.
 * @throws TypeError or RangeError for wrong options, and an Error for a file that can't be opened or is no flight record
 *
 * @example
 * ```ts
 * const recorder = createRecorder({ path: `flight-${process.pid}.jsonl` });
 * process.once('SIGTERM', () => void AvatarSession.closeAll().then(() => recorder.close()));
 * ```
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const given = requireOptions('', options, NAMES);
  const { path, stream, maxBytes, payload = false, clock = createSystemClock() } = given;
  if ((path === undefined) === (stream === undefined))
    throw new TypeError('give either path or stream: where the record goes');
  if (stream !== undefined && maxBytes !== undefined)
    throw new TypeError('maxBytes is for path: a stream is not rotated');
  const withPayload = requireBoolean('payload', payload);
  const time = requireClock(clock);
  if (stream !== undefined) {
    const lines = requireStream(stream);
    return new FlightRecorder(
      withPayload,
      time,
      (firstLine, onFailure) => new RecordStream(lines, firstLine(false), onFailure),
    );
  }
  const file = requireString('path', path);
  const limit = requireNumber('maxBytes', maxBytes ?? DEFAULT_MAX_BYTES, {
    min: LEAST_MAX_BYTES,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
  });
  return new FlightRecorder(
    withPayload,
    time,
    (firstLine) => new RecordFile({ path: file, maxBytes: limit, firstLine }),
  );
}

function requireStream(value: unknown): LineStream {
  const stream = Object(value) as LineStream;
  if (typeof stream.write === 'function') return stream;
  throw new TypeError('stream must have the method write');
}

function requireClock(value: unknown): Pick<Clock, 'epochMs'> {
  const clock = Object(value) as Clock;
  if (typeof clock.epochMs === 'function') return clock;
  throw new TypeError('clock must have the method epochMs');
}
