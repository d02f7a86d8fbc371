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
  /** Progress when the timer was started. */
  taken: number;
  pausedWaits: number;
}

export interface PendingReadsParts {
  readonly clock: Clock;
  /** Whether loops may take frames now. */
  readonly mayRead: () => boolean;
  /** No loop takes frames of it any more; a client may still play it. Called once or more often. */
  readonly onTaken: (utterance: ActiveUtterance) => void;
  /** Called once for each utterance. */
  readonly onOver: (utterance: ActiveUtterance) => void;
}

export class PendingReads {
  readonly #parts: PendingReadsParts;
  /** Present while a loop is waited for. */
  #reads: Map<ActiveUtterance, Read> | undefined;
  #empty: Deferred<void> | undefined;

  constructor(parts: PendingReadsParts) {
    this.#parts = parts;
  }

  expect(utterance: ActiveUtterance): void {
    this.#reads ??= new Map();
    this.#reads.set(utterance, { timer: this.#wait(utterance), taken: takenOf(utterance), pausedWaits: 0 });
    // Not in the middle of the loop's own step.
    const check = (): void => void Promise.resolve().then(() => this.#check(utterance));
    utterance.onReported = check;
    if (utterance.frames !== undefined) utterance.frames.onRead = check;
    if (!utterance.isBeingTaken) this.#parts.onTaken(utterance);
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

  /** Whether its client has not begun to play it, because it still plays one before it. */
  #isBehind(utterance: ActiveUtterance): boolean {
    if (utterance.reportedMs !== 0 || utterance.isBeingTaken) return false;
    for (const before of this.#reads?.keys() ?? []) {
      if (before === utterance) return false;
      if (before.reportedMs !== undefined) return true;
    }
    return false;
  }

  /** Those that were behind an utterance have their whole time from now on. */
  #waitAgain(): void {
    for (const [utterance, read] of this.#reads ?? []) {
      if (utterance.reportedMs !== 0) continue;
      read.timer.cancel();
      read.timer = this.#wait(utterance);
    }
  }

  /** What has been taken by now counts. `goesOn`: whether its client may play what is behind it. */
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
