/**
 * Writes that wait for room: those of one utterance in their order, the wait of one of them in the budgets, and the message if there will
 * be no room. Must not know clocks; write-queue.ts decides when a wait ends.
 */
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { RoomSeeker } from '../../core/utterance/replay-pool.js';
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { ReplayBudget, ReplayOptions } from './replay-budget.js';

/** The size up to which writes are joined, bytes. */
const MAX_JOINED_BYTES = 64 * 1024;
const FIRST_BUFFER_BYTES = 1024;

/** One write, or several that share their outcome. */
export class WaitingWrite {
  readonly outcome = new Deferred<void>();
  end: boolean;
  /** A copy: the application may use its memory again after the call. */
  #buffer: Uint8Array;
  #length: number;

  constructor(chunk: Uint8Array, end: boolean) {
    this.#buffer = new Uint8Array(chunk);
    this.#length = chunk.length;
    this.end = end;
  }

  get chunk(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  get bytes(): number {
    return this.#length;
  }

  /** Adds the write to this one; returns false if that is not possible. */
  join(chunk: Uint8Array, end: boolean): boolean {
    const length = this.#length + chunk.length;
    if (this.end || length > MAX_JOINED_BYTES) return false;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(FIRST_BUFFER_BYTES, 2 * length));
      grown.set(this.chunk);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
    this.end = end;
    return true;
  }
}

/**
 * The waiting writes of one utterance. Small ones are joined, so that an application that does not await them does not cost a promise for
 * each.
 */
export class WaitingWrites {
  readonly utterance: ActiveUtterance;
  readonly #writes: WaitingWrite[] = [];

  constructor(utterance: ActiveUtterance) {
    this.utterance = utterance;
  }

  get first(): WaitingWrite | undefined {
    return this.#writes.at(0);
  }

  /** Whether the next write has audio, and not only the end. */
  get hasAudio(): boolean {
    return (this.first?.bytes ?? 0) > 0;
  }

  /** Settles when the write is accepted or refused. Never causes an unhandled rejection. */
  add(chunk: Uint8Array, end: boolean): Promise<void> {
    // The budget has the size of the first write already, so nothing is joined to it.
    const latest = this.#writes.length > 1 ? this.#writes.at(-1) : undefined;
    if (latest?.join(chunk, end) === true) return latest.outcome.promise;
    const write = new WaitingWrite(chunk, end);
    this.#writes.push(write);
    return write.outcome.promise;
  }

  /** Removes the first write, which is settled. Returns whether others wait. */
  shift(): boolean {
    this.#writes.shift();
    return this.#writes.length > 0;
  }
}

/** One write that waits for room in the budgets of its session and of the process. */
export class RoomWait implements RoomSeeker {
  readonly utterance: ActiveUtterance;
  readonly #budget: ReplayBudget;
  readonly #writeBytes: number;
  readonly #isBlocked: () => boolean;
  readonly #takesRoom: boolean;
  readonly #admission = new Deferred<void>();
  #isAdmitted = false;

  /**
   * @param isBlocked returns whether the write has to wait for other writes of its session
   * @param takesRoom false if its audio is not kept: then it only waits for its turn in its session, and until earlier audio has been
   *   sent
   */
  constructor(
    utterance: ActiveUtterance,
    budget: ReplayBudget,
    writeBytes: number,
    isBlocked: () => boolean,
    takesRoom: boolean,
  ) {
    this.utterance = utterance;
    this.#budget = budget;
    this.#writeBytes = writeBytes;
    this.#isBlocked = isBlocked;
    this.#takesRoom = takesRoom;
  }

  /** Resolves when the write is admitted. */
  get admission(): Promise<void> {
    return this.#admission.promise;
  }

  /** Whether it is still waiting for its admission. */
  isWaiting(): boolean {
    return !this.#isAdmitted;
  }

  /** Whether it was admitted, and its room is reserved. */
  get hasRoom(): boolean {
    return this.#isAdmitted && this.#takesRoom;
  }

  get isBlocked(): boolean {
    return this.#isBlocked();
  }

  /** Whether there will never be room, because the utterance alone exceeds a bound. */
  get isHopeless(): boolean {
    // For an utterance that waited for its turn no frames can have come, whatever the time of its writes.
    if (!this.#takesRoom || this.utterance.wasWithheld) return false;
    return !this.#budget.couldHold(this.utterance.leastKeptBytes + this.#bytes);
  }

  /** Whether it waits for other sessions of the process, and not for its own. */
  get isForOthers(): boolean {
    if (this.#isAdmitted || !this.#takesRoom || this.isBlocked) return false;
    return this.#budget.sessionHasRoomFor(this.#bytes);
  }

  /** A counter that grows when room is released; bytes of other sessions count only if it waits for the bound of the process. */
  get progress(): number {
    return this.#budget.progress(this.isForOthers);
  }

  get neededBytes(): number | undefined {
    const { stage, ledger } = this.utterance;
    if (stage.kind !== 'speaking' || this.isBlocked) return undefined;
    if (!this.#takesRoom) return ledger.keptWhole || ledger.audioBytes === 0 ? 0 : undefined;
    return this.#budget.sessionHasRoomFor(this.#bytes, this.utterance.withheld) ? this.#bytes : undefined;
  }

  admitted(bytes: number): void {
    this.#isAdmitted = true;
    this.#budget.admitted(bytes);
    this.utterance.claimed(bytes);
    this.#admission.resolve();
  }

  begin(): void {
    if (!this.isHopeless) this.#budget.join(this, this.utterance.ledger.audioBytes > 0);
  }

  end(): void {
    if (!this.#isAdmitted) this.#budget.leave(this);
  }

  /** Bytes that the write adds to the kept ones. */
  get #bytes(): number {
    return this.utterance.aligner.alignedBytes(this.#writeBytes);
  }
}

/** Why there is no room for audio: the bound, its size, its users, and the remedy. */
export interface NoRoom {
  readonly problem: LocalProblem;
  readonly message: string;
}

const LIMIT = 'the audio kept for a re-send has reached its limit';
const ENDLESS = "set replay.onLimit to 'stopReplaying', which keeps no more of it and can't send it again";

/**
 * @param utteranceBytes the bytes that the utterance would keep, including the write without room
 * @param writeBytes the bytes of that write alone
 */
export function noRoom(
  { maxBytes, maxProcessBytes }: ReplayOptions,
  budget: ReplayBudget,
  utteranceBytes: number,
  writeBytes: number,
): NoRoom {
  if (utteranceBytes > maxBytes) {
    const message = `${LIMIT}: the utterance alone is more than replay.maxBytes (${maxBytes} bytes); raise that, or ${ENDLESS}`;
    return { problem: 'replayLimit', message };
  }
  const { largestInProcessBytes, othersBytes } = budget;
  if (utteranceBytes > largestInProcessBytes) {
    const message = `${LIMIT}: the utterance alone is more than one may keep of replay.maxProcessBytes (${largestInProcessBytes} of ${maxProcessBytes} bytes, because others need room too); raise that, or ${ENDLESS}`;
    return { problem: 'processReplayLimit', message };
  }
  if (!budget.sessionHasRoomFor(writeBytes)) {
    const message = `${LIMIT}: the unfinished utterances of this session have reached replay.maxBytes (${maxBytes} bytes); wait for one to finish, or raise that`;
    return { problem: 'replayLimit', message };
  }
  const message = `${LIMIT}: the sessions of this process have reached replay.maxProcessBytes (${maxProcessBytes} bytes), of which others keep ${othersBytes} bytes; raise that, or ${ENDLESS}`;
  return { problem: 'processReplayLimit', message };
}
