/**
 * The order of utterances whose frames are delivered one utterance after the other: as they were begun, or as `after` places them. Frames
 * that come before their turn wait here, in bounded memory; in a room, where no frames come, audio waits instead. Independent of
 * connections.
 */
import { PausedFrames } from './pausing.js';
import type { Pausing } from './pausing.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { Overlap } from './utterance-interfaces.js';
import type { Clock, Timer } from '../../ports/clock.js';

export interface SpeakingOrderParts {
  readonly clock: Clock;
  readonly usesEgress: boolean;
  /** The overlap of utterances without one of their own. */
  readonly overlap: Overlap;
  /** If an utterance is not ended, and nothing was written to it for this time, the next one may go first, milliseconds. */
  readonly sourceTimeoutMs: number;
  readonly pausing: Pausing;
  /** Whether a write of the utterance waits for room, so that its writer is not silent. */
  readonly isWriting: (utterance: ActiveUtterance) => boolean;
  /** Audio that waited may be sent. */
  readonly pump: () => void;
}

export class SpeakingOrder {
  readonly #parts: SpeakingOrderParts;
  /** All utterances that can be interrupted, including complete ones that are still read or played. */
  readonly #all = new Set<ActiveUtterance>();
  /** Utterances whose frames have not all been delivered. */
  readonly #going = new Set<ActiveUtterance>();
  /** Utterances that are delivered one after the other. The first one has its turn. */
  #line: ActiveUtterance[] = [];
  /** Utterances that wait for one that is not in the line. */
  readonly #after = new Map<ActiveUtterance, ActiveUtterance>();
  readonly #frames = new Map<ActiveUtterance, PausedFrames>();
  /** Utterances whose turn came while the order was held, or which begin in a moment. */
  readonly #due = new Set<ActiveUtterance>();
  #isHeld = false;
  #timer: Timer | undefined;

  constructor(parts: SpeakingOrderParts) {
    this.#parts = parts;
  }

  /** Oldest first; a copy, so that the caller may end utterances while it iterates. */
  all(): readonly ActiveUtterance[] {
    return [...this.#all];
  }

  /** An utterance has begun. */
  add(utterance: ActiveUtterance): void {
    const { overlap = this.#parts.overlap, after } = utterance.traits;
    // If the named utterance is over, the new one has no position of its own.
    const named =
      after === undefined ? undefined : [...this.#going].find(({ ledger }) => ledger.reqId === after);
    this.#all.add(utterance);
    this.#going.add(utterance);
    if (overlap === 'queue') this.#join(utterance, named);
    else if (named !== undefined) this.#after.set(utterance, named);
    if (this.#mustWait(utterance)) this.#wait(utterance);
  }

  /** Whether the limit for frames of waiting utterances is reached. */
  get isFull(): boolean {
    let keptBytes = 0;
    for (const frames of this.#frames.values()) keptBytes += frames.keptBytes;
    return keptBytes > PausedFrames.maxBytes;
  }

  /** Keeps a frame until the turn of its utterance; see `PausedFrames.add`. */
  keep(utterance: ActiveUtterance, bytes: Uint8Array, handOver: (bytes: Uint8Array) => boolean): void {
    let frames = this.#frames.get(utterance);
    if (frames === undefined) this.#frames.set(utterance, (frames = new PausedFrames()));
    frames.add(utterance, bytes, handOver);
  }

  /** Audio was written to a waiting utterance: it may go before a silent one. */
  written(utterance: ActiveUtterance): void {
    const before = [this.#line.at(0), this.#after.get(utterance)];
    if (before.some((one) => one !== undefined && this.#isSilent(one))) this.#watchSilent();
  }

  /** The utterance has nothing left that could be interrupted. */
  over(utterance: ActiveUtterance): void {
    this.#all.delete(utterance);
    this.handedOver(utterance);
  }

  /** The utterance accepts no audio and delivers no frames any more: the next one begins. A second call does nothing. */
  handedOver(utterance: ActiveUtterance): void {
    this.#going.delete(utterance);
    this.#frames.delete(utterance);
    this.#due.delete(utterance);
    const waited = this.#after.delete(utterance);
    const before = this.#line.length;
    this.#line = this.#line.filter((other) => other !== utterance);
    const followers = [...this.#after].filter(([, named]) => named === utterance);
    for (const [follower] of followers) this.#after.delete(follower);
    if (before === this.#line.length && followers.length === 0 && !waited) return;
    this.#look(followers.map(([follower]) => follower));
  }

  /** No utterance begins while `change` ends one after the other. */
  hold(change: () => void): void {
    this.#isHeld = true;
    try {
      change();
    } finally {
      this.#isHeld = false;
      this.#release();
    }
  }

  /** Inserts an utterance behind the named one and those that were placed behind that earlier; at the end if none is named. */
  #join(utterance: ActiveUtterance, named: ActiveUtterance | undefined): void {
    const at = named === undefined ? -1 : this.#line.indexOf(named);
    if (at < 0) {
      if (named !== undefined) this.#after.set(utterance, named);
      this.#line.push(utterance);
      return;
    }
    const passed = new Set([named]);
    let place = at + 1;
    for (let next = this.#line[place]; next?.follows !== undefined && passed.has(next.follows); place += 1) {
      passed.add(next);
      next = this.#line[place + 1];
    }
    utterance.follows = named;
    this.#line.splice(place, 0, utterance);
  }

  #mustWait(utterance: ActiveUtterance): boolean {
    return this.#after.has(utterance) || this.#line.indexOf(utterance) > 0;
  }

  #wait(utterance: ActiveUtterance): void {
    utterance.waitsForTurn = true;
    utterance.withheld = this.#parts.usesEgress;
    utterance.wasWithheld ||= utterance.withheld;
    this.#watchSilent();
  }

  #look(followers: readonly ActiveUtterance[]): void {
    for (const candidate of [this.#line.at(0), ...followers]) {
      if (candidate?.waitsForTurn === true && !this.#mustWait(candidate)) this.#due.add(candidate);
    }
    this.#release();
    this.#watchSilent();
  }

  /**
   * Handlers must see a consistent state, so frames are delivered after the handler that has ended the previous utterance. Frames that
   * arrive before that wait behind the earlier ones.
   */
  #release(): void {
    if (this.#isHeld || this.#due.size === 0) return;
    void Promise.resolve().then(() => {
      if (this.#isHeld) return;
      for (const utterance of this.#due) this.#begin(utterance);
    });
  }

  #begin(utterance: ActiveUtterance): void {
    this.#due.delete(utterance);
    if (!utterance.waitsForTurn || this.#mustWait(utterance)) return;
    const frames = this.#frames.get(utterance);
    const { clock, pausing, pump } = this.#parts;
    this.#frames.delete(utterance);
    utterance.waitsForTurn = false;
    utterance.withheld = false;
    utterance.lastHeardAtMs = clock.nowMs();
    if (!pausing.holdsFrames) frames?.release();
    frames?.moveTo(pausing.frames);
    if (!pausing.isOn) utterance.suspended = false;
    pump();
  }

  /** An utterance that others wait for may never be ended, because its application has dropped it: the others must not wait for ever. */
  #watchSilent(leastMs = 0): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const [head] = this.#line;
    const awaited = new Set(this.#after.values());
    if (head !== undefined && this.#line.length > 1) awaited.add(head);
    const { clock, sourceTimeoutMs } = this.#parts;
    let waitMs = Infinity;
    for (const { ledger, lastWrittenAtMs } of awaited) {
      if (ledger.endAsked) continue;
      // For an utterance that is silent already the wait is `leastMs`: the waiting ones are silent as well, or it has just become silent.
      const leftMs = lastWrittenAtMs + sourceTimeoutMs - clock.nowMs();
      waitMs = Math.min(waitMs, leftMs > 0 ? leftMs : leastMs);
    }
    if (waitMs < Infinity) this.#timer = clock.schedule(waitMs, () => this.#passSilent());
  }

  /**
   * Utterances that are not silent go before silent ones. If all are silent, they are checked again later. Both kinds of waiting end at
   * the same moment: otherwise two utterances could wait for each other.
   */
  #passSilent(): void {
    const passing = [...this.#after].filter(([one, named]) => this.#isSilent(named) && !this.#isSilent(one));
    for (const [one] of passing) this.#after.delete(one);
    const [head] = this.#line;
    const next = this.#line.findIndex((utterance) => !this.#isSilent(utterance));
    if (head !== undefined && next > 0) {
      this.#line.push(...this.#line.splice(0, next));
      this.#wait(head);
    } else if (passing.length === 0) {
      this.#watchSilent(this.#parts.sourceTimeoutMs);
      return;
    }
    this.#look(passing.map(([one]) => one));
  }

  /** Whether neither audio nor the end was written for `sourceTimeoutMs`. */
  #isSilent(utterance: ActiveUtterance): boolean {
    const { clock, sourceTimeoutMs, isWriting } = this.#parts;
    const { ledger, lastWrittenAtMs } = utterance;
    if (ledger.endAsked || lastWrittenAtMs + sourceTimeoutMs > clock.nowMs()) return false;
    return !isWriting(utterance);
  }
}
