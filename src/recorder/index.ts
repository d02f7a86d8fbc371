/// <reference types="node" preserve="true" />
/**
 * The public surface of `avatarkit-session/recorder`: a flight recorder, which records the behaviour of the sessions of this process. It
 * has no effect before a recorder is made and after it is closed.
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
   * The path of the file. It is created with the mode 0600; an existing flight record is continued, and any other content refused. A file
   * may be written by one recorder at a time: put `process.pid` into the name if there are several.
   *
   * @default none: `stream` is given
   */
  readonly path?: string | undefined;
  /**
   * A stream in place of a file: any object with `write(text)`. The recorder does not end it. While it buffers 1 MiB, further lines are
   * dropped. When it fails, or has been ended, the record ends with a process warning.
   *
   * @default none: `path` is given
   */
  readonly stream?: LineStream | undefined;
  /**
   * A file that would become larger is moved to `PATH.1`, whose content is lost, and a new one begins: on the disk there is at most twice
   * as much. Bytes, 65 536 or more; with `path` only.
   *
   * @default 16_777_216
   */
  readonly maxBytes?: number | undefined;
  /**
   * Whether lines also contain the messages with audio and keyframes. The record then contains the speech: protect it accordingly.
   *
   * @default false
   */
  readonly payload?: boolean | undefined;
  /**
   * The clock for the times of lines. For sessions in virtual time, use their clock.
   *
   * @default the system's
   */
  readonly clock?: Pick<Clock, 'epochMs'> | undefined;
}

/** A running recorder. */
export interface Recorder {
  /** Lines that could not be written: the stream's buffer was full, the line was too long, or the file failed. */
  readonly droppedLines: number;
  /**
   * Passes waiting lines to the system, at once. The recorder does so itself twice a second, with every failure, and when the process
   * ends.
   */
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
 * Records the behaviour of every session of this process from now on, as JSON Lines: all messages on the channels, and the size and the
 * time of every message on connections that are dialled from now on. Without secrets, and without speech unless `payload` is true. Lines
 * are written by synchronous calls, at most twice a second unless there are many. It does not keep the process running.
 *
 * If the file can't be written any more, the record ends with a process warning (`AvatarKitRecorderWarning`); sessions are not affected.
 *
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
