/**
 * The requests that the service has received, for assertions: the audio, its time, how the request ended, and how far it was played. Also
 * the answers that a test has set for the next requests. Decides nothing.
 */
import {
  refuseUnknownNames,
  requireNumber,
  requireOneOf,
  requireOptions,
  MAX_TIMER_MS,
} from '../../core/option/option-check.js';
import { FAULT_KIND_NAMES, rowOf } from '../fault/fault.js';
import type { Amount, FaultIn } from '../fault/fault.js';
import { checkFault } from '../fault/parse-faults.js';
import { requireKeyframesPerMessage, requirePace } from './resolve-emulator-options.js';

/** One request as the service received it: an utterance, or the part of it that a session sent again after a lost connection. */
export interface HeardRequest {
  /** Its request id on the wire. A re-send has another id than the first request. */
  readonly reqId: string;
  /** The number of its connection: upgrade requests are counted from 1. */
  readonly connection: number;
  /** When its first message came, milliseconds since the service started. */
  readonly atMs: number;
  /** Its audio, as far as it is kept (`maxHeardBytes`), in the session's format. */
  readonly audio: Uint8Array;
  /** The duration of all of its audio, milliseconds. */
  readonly durationMs: number;
  /** Whether the client has ended it. */
  readonly ended: boolean;
  /** When the client interrupted it, milliseconds since the service started; undefined if it did not. */
  readonly interruptedAtMs: number | undefined;
  /**
   * How far it was heard, milliseconds of its audio: in a room the position of the playout, also while it plays; otherwise the end of the
   * last keyframe that was sent.
   */
  readonly playedMs: number;
}

/** The record of a request while audio arrives. */
export class HeardRecord {
  readonly reqId: string;
  readonly connection: number;
  readonly atMs: number;
  readonly pieces: Uint8Array[] = [];
  durationMs = 0;
  ended = false;
  interruptedAtMs: number | undefined;
  /** Keyframes that were sent. */
  keyframes = 0;
  #playedMs: () => number = () => 0;

  constructor(reqId: string, connection: number, atMs: number) {
    this.reqId = reqId;
    this.connection = connection;
    this.atMs = atMs;
  }

  /** From now on `playedMs` gives the position. */
  playsBy(playedMs: () => number): void {
    this.#playedMs = playedMs;
  }

  /** The position stays as it is now. */
  stopsPlaying(): void {
    const stoppedAtMs = this.#playedMs();
    this.#playedMs = () => stoppedAtMs;
  }

  get shown(): HeardRequest {
    const { reqId, connection, atMs, durationMs, ended, interruptedAtMs } = this;
    const playedMs = Math.min(this.#playedMs(), durationMs);
    // Joined only once, so that repeated reads cost little.
    if (this.pieces.length > 1) this.pieces.splice(0, this.pieces.length, joined(this.pieces));
    const [audio = new Uint8Array(0)] = this.pieces;
    return { reqId, connection, atMs, audio, durationMs, ended, interruptedAtMs, playedMs };
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export class HeardRequests {
  readonly #records: HeardRecord[] = [];
  readonly #maxRequests: number;
  readonly #maxBytes: number;
  #bytes = 0;
  /** The index of the oldest record whose audio is kept. */
  #oldestKept = 0;

  constructor(maxRequests: number, maxBytes: number) {
    this.#maxRequests = maxRequests;
    this.#maxBytes = maxBytes;
  }

  /** The requests, oldest first. */
  get shown(): readonly HeardRequest[] {
    return this.#records.map((record) => record.shown);
  }

  add(record: HeardRecord): void {
    this.#records.push(record);
    if (this.#records.length <= this.#maxRequests) return;
    // A tenth at a time: shifting the whole array for every request would be slow.
    const forgotten = this.#records.splice(0, Math.ceil(this.#maxRequests / 10));
    for (const oldest of forgotten) this.#forget(oldest);
    this.#oldestKept = Math.max(0, this.#oldestKept - forgotten.length);
  }

  /** Keeps a copy of the audio, and drops the audio of the oldest requests beyond the limit. */
  keep(record: HeardRecord, audio: Uint8Array): void {
    if (audio.length === 0 || audio.length > this.#maxBytes) return;
    record.pieces.push(new Uint8Array(audio)); // `slice` of a Buffer would make no copy.
    this.#bytes += audio.length;
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#records[this.#oldestKept];
      if (oldest === undefined) return;
      this.#forget(oldest);
      this.#oldestKept += 1;
    }
  }

  #forget(record: HeardRecord): void {
    for (const { length } of record.pieces.splice(0)) this.#bytes -= length;
  }
}

/** A fault of one answer: a fault of the phase `runtime`, counted within its request, which strikes once. */
export type AnswerFault =
  FaultIn<'runtime'> extends infer Runtime
    ? Runtime extends unknown
      ? Omit<Runtime, 'phase' | 'request' | 'nth' | 'times' | 'probability'>
      : never
    : never;

/** How the service answers one request, where it differs from the options. */
export interface ScriptedAnswer {
  /**
   * The delay before the first keyframe, milliseconds, 0 to 2³¹−1. Without effect in a room.
   *
   * @default 0
   */
  readonly delayMs?: number;
  /**
   * Speed of sending keyframes. Without effect in a room.
   *
   * @default the option `pace`
   */
  readonly pace?: 'unpaced' | 'realtime' | number;
  /**
   * Keyframes per animation message, 1 to 1000. Without effect in a room.
   *
   * @default the option `keyframesPerMessage`
   */
  readonly keyframesPerMessage?: Amount;
  /**
   * The faults of the answer.
   *
   * @default []
   */
  readonly faults?: readonly AnswerFault[];
}

/** How keyframes of one request are sent. */
export interface AnswerManner {
  readonly delayMs: number;
  /** Infinity when unpaced. */
  readonly pace: number;
  readonly keyframesPerMessage: Amount;
}

interface CheckedAnswer extends Partial<AnswerManner> {
  readonly faults: readonly FaultIn<'runtime'>[];
}

export class AnswerScript {
  readonly #answers: CheckedAnswer[] = [];

  add(answers: readonly ScriptedAnswer[]): void {
    this.#answers.push(...answers.map((answer, index) => checkAnswer(`answers[${index}]`, answer)));
  }

  /** The answer that was set for the next request; undefined if none was. */
  take(): CheckedAnswer | undefined {
    return this.#answers.shift();
  }
}

function checkAnswer(name: string, answer: ScriptedAnswer): CheckedAnswer {
  const given = requireOptions(name, answer) as ScriptedAnswer;
  refuseUnknownNames(name, given, ['delayMs', 'pace', 'keyframesPerMessage', 'faults']);
  const { delayMs, pace, keyframesPerMessage, faults = [] } = given;
  if (!Array.isArray(faults)) throw new TypeError(`${name}.faults must be an array, got ${typeof faults}`);
  return {
    ...(delayMs === undefined
      ? {}
      : { delayMs: requireNumber(`${name}.delayMs`, delayMs, { min: 0, max: MAX_TIMER_MS }) }),
    ...(pace === undefined ? {} : { pace: requirePace(`${name}.pace`, pace) }),
    ...(keyframesPerMessage === undefined
      ? {}
      : {
          keyframesPerMessage: requireKeyframesPerMessage(`${name}.keyframesPerMessage`, keyframesPerMessage),
        }),
    faults: faults.map((fault: AnswerFault, index) => checkAnswerFault(`${name}.faults[${index}]`, fault)),
  };
}

const RUNTIME_KINDS = FAULT_KIND_NAMES.filter((kind) => rowOf(kind).phases.includes('runtime'));

/** Refuses faults that could never strike in one answer, by name. */
function checkAnswerFault(name: string, fault: AnswerFault): FaultIn<'runtime'> {
  const { phase = 'runtime', ...given } = requireOptions(name, fault);
  requireOneOf(`${name}.phase`, phase, ['runtime']);
  requireOneOf(`${name}.kind`, given['kind'], RUNTIME_KINDS);
  for (const counted of ['request', 'nth', 'times', 'probability']) {
    if (given[counted] !== undefined)
      throw new TypeError(
        `${name}.${counted} has no meaning: a fault of an answer strikes once, in that answer`,
      );
  }
  return checkFault(name, { ...given, phase }) as FaultIn<'runtime'>;
}
