/**
 * Utterances that are complete, and whose frames a loop still takes: how many reach the application is known when the loop has come to
 * its end. A loop that takes none for a time is not waited for. Knows nothing of results and events.
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

export class LastReads {
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
    const { frames } = utterance;
    if (frames === undefined) return;
    this.#reads ??= new Map();
    this.#reads.set(utterance, { timer: this.#wait(utterance), taken: takenOf(utterance), pausedWaits: 0 });
    // Not in the middle of the loop's own step.
    frames.onRead = () => void Promise.resolve().then(() => this.#check(utterance));
  }

  /** Resolves when no loop is waited for. */
  whenEmpty(): Promise<void> {
    if (this.#reads === undefined) return Promise.resolve();
    this.#empty ??= new Deferred<void>();
    return this.#empty.promise;
  }

  /** The session is over: what has been taken by now counts. */
  end(): void {
    for (const utterance of this.#reads?.keys() ?? []) this.#conclude(utterance);
  }

  #check(utterance: ActiveUtterance): void {
    if (utterance.frames?.isBeingRead === false) this.#conclude(utterance);
  }

  #wait(utterance: ActiveUtterance): Timer {
    return this.#clock.schedule(READ_PATIENCE_MS, () => {
      const read = this.#reads?.get(utterance);
      if (read === undefined) return;
      const taken = takenOf(utterance);
      const isPaused = !this.#mayRead();
      if (taken === read.taken && (!isPaused || read.pausedWaits === MAX_PAUSED_WAITS)) {
        this.#conclude(utterance);
        return;
      }
      read.pausedWaits = isPaused ? read.pausedWaits + 1 : 0;
      read.taken = taken;
      read.timer = this.#wait(utterance);
    });
  }

  #conclude(utterance: ActiveUtterance): void {
    const read = this.#reads?.get(utterance);
    if (read === undefined) return;
    read.timer.cancel();
    this.#reads?.delete(utterance);
    if (utterance.frames !== undefined) utterance.frames.onRead = undefined;
    this.#onOver(utterance);
    if (this.#reads?.size !== 0) return;
    this.#reads = undefined;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}

function takenOf(utterance: ActiveUtterance): number {
  return utterance.handedOver(false).end;
}
