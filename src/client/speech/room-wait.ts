/** One write that waits for room in the budgets of its session and of the process. Knows no clock. */
import type { RoomSeeker } from '../../core/utterance/replay-pool.js';
import { Deferred } from '../waiting/quiet.js';
import type { ReplayBudget } from './replay-budget.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export class RoomWait implements RoomSeeker {
  readonly utterance: SpokenUtterance;
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
    utterance: SpokenUtterance,
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
    return !this.#budget.couldHold(this.utterance.ledger.audioBytes + this.#bytes);
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
