/**
 * Complete utterances whose frames a loop still takes, or whose client still reports its position: only afterwards it is known how many
 * keyframes reached the application, and how far the utterance was heard. An utterance without progress for some time is not awaited.
 * Must not know events.
 */
import type { Clock, Timer } from '../../ports/clock.js';
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';

/** How long the result of an utterance waits for a loop that takes no frame, milliseconds. */
export const READ_PATIENCE_MS = 2_000;
/** The most waits for a loop that can't take frames because the session is paused. */
const MAX_PAUSED_WAITS = 60;

interface Read {
  timer: Timer;
  /** The progress when the timer was started. */
  taken: number;
  pausedWaits: number;
}

export interface PendingReadsParts {
  readonly clock: Clock;
  /** Whether loops may take frames now. */
  readonly mayRead: () => boolean;
  /** No loop takes frames of it any more; a client may still play it. Called at least once. */
  readonly onTaken: (utterance: ActiveUtterance) => void;
  /** Called once for each utterance. */
  readonly onOver: (utterance: ActiveUtterance) => void;
}

export class PendingReads {
  readonly #parts: PendingReadsParts;
  /** Present while a loop or a client is awaited. */
  #reads: Map<ActiveUtterance, Read> | undefined;
  #empty: Deferred<void> | undefined;

  constructor(parts: PendingReadsParts) {
    this.#parts = parts;
  }

  expect(utterance: ActiveUtterance): void {
    this.#reads ??= new Map();
    this.#reads.set(utterance, { timer: this.#wait(utterance), taken: takenOf(utterance), pausedWaits: 0 });
    // Delayed, so that it does not run during the loop's own step.
    const check = (): void => void Promise.resolve().then(() => this.#check(utterance));
    utterance.onReported = check;
    if (utterance.frames !== undefined) utterance.frames.onRead = check;
    if (!utterance.isBeingTaken) this.#parts.onTaken(utterance);
  }

  /** Whether a loop or a client is awaited. */
  waitsFor(utterance: ActiveUtterance): boolean {
    return this.#reads?.has(utterance) === true;
  }

  /** The awaited utterances, oldest first. */
  all(): readonly ActiveUtterance[] {
    return [...(this.#reads?.keys() ?? [])];
  }

  /** Resolves when no loop is awaited. */
  whenEmpty(): Promise<void> {
    if (this.#reads === undefined) return Promise.resolve();
    this.#empty ??= new Deferred<void>();
    return this.#empty.promise;
  }

  /** The session is over: the progress so far is the result. */
  end(): void {
    for (const utterance of this.#reads?.keys() ?? []) this.conclude(utterance);
  }

  #check(utterance: ActiveUtterance): void {
    if (!utterance.isBeingRead) this.conclude(utterance);
    else if (!utterance.isBeingTaken) this.#parts.onTaken(utterance);
  }

  #wait(utterance: ActiveUtterance): Timer {
    return this.#parts.clock.schedule(READ_PATIENCE_MS, () => {
      const read = this.#reads?.get(utterance);
      if (read === undefined) return;
      const taken = takenOf(utterance);
      const isPaused = !this.#parts.mayRead();
      const mayWait = this.#isBehind(utterance) || (isPaused && read.pausedWaits < MAX_PAUSED_WAITS);
      if (taken === read.taken && !mayWait) {
        this.conclude(utterance, false);
        return;
      }
      read.pausedWaits = isPaused ? read.pausedWaits + 1 : 0;
      read.taken = taken;
      read.timer = this.#wait(utterance);
    });
  }

  /** Whether its client has not begun to play it, because it is still playing an earlier one. */
  #isBehind(utterance: ActiveUtterance): boolean {
    if (utterance.reportedMs !== 0 || utterance.isBeingTaken) return false;
    for (const before of this.#reads?.keys() ?? []) {
      if (before === utterance) return false;
      if (before.reportedMs !== undefined) return true;
    }
    return false;
  }

  /** Restarts the time limits of utterances that waited for an earlier one. */
  #waitAgain(): void {
    for (const [utterance, read] of this.#reads ?? []) {
      if (utterance.reportedMs !== 0) continue;
      read.timer.cancel();
      read.timer = this.#wait(utterance);
    }
  }

  /** Ends the wait: the progress so far is the result. `goesOn`: whether its client may play the next utterance. */
  conclude(utterance: ActiveUtterance, goesOn = true): void {
    const read = this.#reads?.get(utterance);
    if (read === undefined) return;
    read.timer.cancel();
    this.#reads?.delete(utterance);
    utterance.onReported = undefined;
    if (utterance.frames !== undefined) utterance.frames.onRead = undefined;
    this.#parts.onOver(utterance);
    if (goesOn && utterance.reportedMs !== undefined) this.#waitAgain();
    if (this.#reads?.size !== 0) return;
    this.#reads = undefined;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}

/** Grows with each frame that a loop takes, and with each report of a client. */
function takenOf(utterance: ActiveUtterance): number {
  return (utterance.reportedMs ?? 0) + utterance.handedOver(false).end;
}
