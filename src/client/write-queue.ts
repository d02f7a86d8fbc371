/**
 * Writes on their way into a session: accepted at once while there is room for their audio, in their order when there is not.
 * Nobody waits for ever: the oldest write that finds no room within its time takes its utterance with it, because the
 * sentence would have a hole.
 */
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { Clock } from '../ports/clock.js';
import { quiet, quietRejection } from './quiet.js';
import type { ReplayBudget, ReplayOptions } from './replay-budget.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export interface WriteQueueOptions {
  readonly clock: Clock;
  readonly budget: ReplayBudget;
  readonly onLimit: ReplayOptions['onLimit'];
  readonly waitMs: number;
  /** Takes the audio; what it returns is waited for. */
  readonly accept: (utterance: SpokenUtterance, chunk: Uint8Array, end: boolean) => Promise<void> | undefined;
  /** Why a write can't be accepted any more, or at all. */
  readonly refuse: (utterance: SpokenUtterance, chunk: Uint8Array) => AvatarSDKError | undefined;
  /** The error of a write that found no room. */
  readonly full: (utterance: SpokenUtterance) => AvatarSDKError;
  readonly giveUp: (utterance: SpokenUtterance, error: AvatarSDKError) => void;
}

export class WriteQueue {
  readonly #options: WriteQueueOptions;
  /** Settles when the last of those that wait has been accepted or refused. */
  #tail: Promise<void> | undefined;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** Undefined when the audio is accepted and the socket has room for more. */
  write(utterance: SpokenUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const { budget, onLimit, refuse, full } = this.#options;
    const refusal = refuse(utterance, chunk);
    if (refusal !== undefined) return quietRejection(refusal);
    if (this.#tail === undefined) {
      if (!utterance.ledger.keptWhole || budget.hasRoomFor(chunk.length)) {
        return this.#options.accept(utterance, chunk, end);
      }
      switch (onLimit) {
        case 'fail':
          return quietRejection(full(utterance));
        case 'stopReplaying':
          utterance.stopKeeping();
          return this.#options.accept(utterance, chunk, end);
        case 'wait':
          break;
      }
    }
    const before = this.#tail;
    const write = quiet(this.#writeAfter(before, utterance, chunk, end));
    const settled = write.then(
      () => undefined,
      () => undefined,
    );
    const tail: Promise<void> = settled.then(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
    return write;
  }

  async #writeAfter(
    before: Promise<void> | undefined,
    utterance: SpokenUtterance,
    chunk: Uint8Array,
    end: boolean,
  ): Promise<void> {
    await before;
    const { clock, budget, waitMs, refuse, full, giveUp, accept } = this.#options;
    const deadlineMs = clock.nowMs() + waitMs;
    for (;;) {
      const refusal = refuse(utterance, chunk);
      if (refusal !== undefined) throw refusal;
      if (!utterance.ledger.keptWhole || budget.hasRoomFor(chunk.length)) break;
      if (clock.nowMs() >= deadlineMs) {
        const error = full(utterance);
        giveUp(utterance, error);
        throw error;
      }
      await this.#changedBefore(utterance, deadlineMs);
    }
    await accept(utterance, chunk, end);
  }

  /** Resolves when there may be room, when the utterance has settled, or when the time is up. */
  async #changedBefore(utterance: SpokenUtterance, deadlineMs: number): Promise<void> {
    const { clock, budget } = this.#options;
    let timeUp: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      timeUp = resolve;
    });
    const timer = clock.schedule(Math.max(0, deadlineMs - clock.nowMs()), timeUp);
    const over = utterance.finished.then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([budget.whenChanged(), over, late]);
    timer.cancel();
  }
}
