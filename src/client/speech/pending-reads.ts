/**
 * Complete utterances whose frames a loop still takes, or whose client still reports what it plays: how many keyframes reach the
 * application, and how far it was heard, is known afterwards. What makes no progress for a time is not waited for. Must not know events.
 */
import type { Clock, Timer } from '../../ports/clock.js';
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';

/** How long the result of an utterance waits for a loop that takes no frame, milliseconds. */
export const READ_PATIENCE_MS = 2_000;
/** So often it waits for a loop that may take none, because the session is paused. */
const MAX_PAUSED_WAITS = 60;

interface Read {
  timer: Timer;
  /** Keyframes taken when the timer was started. */
  taken: number;
  pausedWaits: number;
}

export class PendingReads {
  readonly #clock: Clock;
  readonly #mayRead: () => boolean;
  readonly #onOver: (utterance: ActiveUtterance) => void;
  /** Present while a loop is waited for. */
  #reads: Map<ActiveUtterance, Read> | undefined;
  #empty: Deferred<void> | undefined;

  /** @param onOver called once for each utterance */
  constructor(clock: Clock, mayRead: () => boolean, onOver: (utterance: ActiveUtterance) => void) {
    this.#clock = clock;
    this.#mayRead = mayRead;
    this.#onOver = onOver;
  }

  expect(utterance: ActiveUtterance): void {
    this.#reads ??= new Map();
    this.#reads.set(utterance, { timer: this.#wait(utterance), taken: takenOf(utterance), pausedWaits: 0 });
    // Not in the middle of the loop's own step.
    const check = (): void => void Promise.resolve().then(() => this.#check(utterance));
    utterance.onReported = check;
    if (utterance.frames !== undefined) utterance.frames.onRead = check;
  }

  /** Whether a loop or a client is waited for. */
  waitsFor(utterance: ActiveUtterance): boolean {
    return this.#reads?.has(utterance) === true;
  }

  /** Those that are waited for, oldest first. */
  all(): readonly ActiveUtterance[] {
    return [...(this.#reads?.keys() ?? [])];
  }

  /** Resolves when no loop is waited for. */
  whenEmpty(): Promise<void> {
    if (this.#reads === undefined) return Promise.resolve();
    this.#empty ??= new Deferred<void>();
    return this.#empty.promise;
  }

  /** The session is over: what has been taken by now counts. */
  end(): void {
    for (const utterance of this.#reads?.keys() ?? []) this.conclude(utterance);
  }

  #check(utterance: ActiveUtterance): void {
    if (!utterance.isBeingRead) this.conclude(utterance);
  }

  #wait(utterance: ActiveUtterance): Timer {
    return this.#clock.schedule(READ_PATIENCE_MS, () => {
      const read = this.#reads?.get(utterance);
      if (read === undefined) return;
      const taken = takenOf(utterance);
      const isPaused = !this.#mayRead();
      if (taken === read.taken && (!isPaused || read.pausedWaits === MAX_PAUSED_WAITS)) {
        this.conclude(utterance);
        return;
      }
      read.pausedWaits = isPaused ? read.pausedWaits + 1 : 0;
      read.taken = taken;
      read.timer = this.#wait(utterance);
    });
  }

  /** What has been taken by now counts. */
  conclude(utterance: ActiveUtterance): void {
    const read = this.#reads?.get(utterance);
    if (read === undefined) return;
    read.timer.cancel();
    this.#reads?.delete(utterance);
    utterance.onReported = undefined;
    if (utterance.frames !== undefined) utterance.frames.onRead = undefined;
    this.#onOver(utterance);
    if (this.#reads?.size !== 0) return;
    this.#reads = undefined;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}

function takenOf(utterance: ActiveUtterance): number {
  return utterance.reportedMs ?? utterance.handedOver(false).end;
}
