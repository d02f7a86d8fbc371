/** One write that waits for room in the budgets of its session and of the process. Knows no clock. */
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { RoomSeeker } from '../../core/utterance/replay-pool.js';
import { Deferred } from '../waiting/deferred.js';
import type { ReplayBudget, ReplayOptions } from './replay-budget.js';
import type { ActiveUtterance } from './active-utterance.js';

export class RoomWait implements RoomSeeker {
  readonly utterance: ActiveUtterance;
  readonly #budget: ReplayBudget;
  readonly #writeBytes: number;
  readonly #isHeldBack: () => boolean;
  readonly #takesRoom: boolean;
  readonly #admission = new Deferred<void>();
  #isAdmitted = false;

  /**
   * @param isHeldBack whether the write has to wait for others of its session
   * @param takesRoom false where it waits only for its turn in its session, and until what was sent without being kept has gone out
   */
  constructor(
    utterance: ActiveUtterance,
    budget: ReplayBudget,
    writeBytes: number,
    isHeldBack: () => boolean,
    takesRoom: boolean,
  ) {
    this.utterance = utterance;
    this.#budget = budget;
    this.#writeBytes = writeBytes;
    this.#isHeldBack = isHeldBack;
    this.#takesRoom = takesRoom;
  }

  /** Resolves when the write may go on. */
  get admission(): Promise<void> {
    return this.#admission.promise;
  }

  /** Whether it has not been admitted yet. */
  goesOn(): boolean {
    return !this.#isAdmitted;
  }

  /** Whether it has taken the room that it needs. */
  get hasRoom(): boolean {
    return this.#isAdmitted && this.#takesRoom;
  }

  get isHeldBack(): boolean {
    return this.#isHeldBack();
  }

  /** An utterance that is larger than a whole bound waits in vain. */
  get isInVain(): boolean {
    if (!this.#takesRoom) return false;
    return !this.#budget.couldHold(this.utterance.leastKeptBytes + this.#bytes);
  }

  /** Whether it waits for other sessions of the process, and not for its own. */
  get isForOthers(): boolean {
    if (this.#isAdmitted || !this.#takesRoom || this.isHeldBack) return false;
    return this.#budget.sessionHasRoomFor(this.#bytes);
  }

  /** Grows when it has come nearer to its room: what others let go is no progress for the bound of its own session. */
  get progress(): number {
    return this.#budget.progress(this.isForOthers);
  }

  get neededBytes(): number | undefined {
    const { stage, ledger } = this.utterance;
    if (stage.kind !== 'speaking' || this.isHeldBack) return undefined;
    if (!this.#takesRoom) return ledger.keptWhole || ledger.audioBytes === 0 ? 0 : undefined;
    return this.#budget.sessionHasRoomFor(this.#bytes) ? this.#bytes : undefined;
  }

  admitted(bytes: number): void {
    this.#isAdmitted = true;
    this.#budget.admitted(bytes);
    this.utterance.claimed(bytes);
    this.#admission.resolve();
  }

  begin(): void {
    if (!this.isInVain) this.#budget.join(this, this.utterance.ledger.audioBytes > 0);
  }

  end(): void {
    if (!this.#isAdmitted) this.#budget.leave(this);
  }

  /** Bytes that the write adds to what is kept. */
  get #bytes(): number {
    return this.utterance.rails.alignedBytes(this.#writeBytes);
  }
}

/** Why there is no room for audio: which bound, how large it is, who uses it, and what can be done. */
export interface NoRoom {
  readonly problem: LocalProblem;
  readonly message: string;
}

const LIMIT = 'the audio kept for a re-send has reached its limit';
const ENDLESS = "set replay.onLimit to 'stopReplaying', which keeps no more of it and can't send it again";

/**
 * @param utteranceBytes what the utterance keeps, with the write that finds no room
 * @param writeBytes that write alone
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
