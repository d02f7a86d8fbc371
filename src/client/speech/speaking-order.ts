/**
 * Whose turn it is: utterances whose frames are handed over one utterance after the other, in the order in which they were begun or in
 * which `after` puts them. Frames that come before their turn wait here, in bounded memory; in a room, where no frames come, audio
 * waits instead. Knows no connection.
 */
import { PausedFrames } from './pausing.js';
import type { Pausing } from './pausing.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { Overlap } from './utterance-interfaces.js';
import type { Clock, Timer } from '../../ports/clock.js';

export interface SpeakingOrderParts {
  readonly clock: Clock;
  readonly usesEgress: boolean;
  /** Of utterances that have none of their own. */
  readonly overlap: Overlap;
  /** An utterance that is not ended, and to which nothing was written for so long, lets the next one pass, milliseconds. */
  readonly sourceTimeoutMs: number;
  readonly pausing: Pausing;
  /** Whether a write of it waits for room: then its writer is not silent. */
  readonly isWriting: (utterance: ActiveUtterance) => boolean;
  /** Audio that waited may go out. */
  readonly pump: () => void;
}

export class SpeakingOrder {
  readonly #parts: SpeakingOrderParts;
  /** All that can be interrupted, those that are complete and still read or played, too. */
  readonly #all = new Set<ActiveUtterance>();
  /** Those of them whose frames have not all been handed over. */
  readonly #going = new Set<ActiveUtterance>();
  /** Those of them that come one after the other. The first one is at its turn. */
  #line: ActiveUtterance[] = [];
  /** Those that wait for one that is not in the line. */
  readonly #after = new Map<ActiveUtterance, ActiveUtterance>();
  readonly #frames = new Map<ActiveUtterance, PausedFrames>();
  /** Those whose turn came while the order was held, or which begin in a moment. */
  readonly #due = new Set<ActiveUtterance>();
  #isHeld = false;
  #timer: Timer | undefined;

  constructor(parts: SpeakingOrderParts) {
    this.#parts = parts;
  }

  /** Oldest first; a copy, so that the caller may end them on the way. */
  all(): readonly ActiveUtterance[] {
    return [...this.#all];
  }

  /** An utterance has begun. */
  add(utterance: ActiveUtterance): void {
    const { overlap = this.#parts.overlap, after } = utterance.traits;
    // What comes after one that is over comes at once.
    const named =
      after === undefined ? undefined : [...this.#going].find(({ ledger }) => ledger.reqId === after);
    this.#all.add(utterance);
    this.#going.add(utterance);
    if (overlap === 'queue') this.#join(utterance, named);
    else if (named !== undefined) this.#after.set(utterance, named);
    if (this.#mustWait(utterance)) this.#wait(utterance);
  }

  /** Whether frames of utterances that wait may not be kept any more. */
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

  /** Something was written of an utterance that waits: it passes one that is silent. */
  written(utterance: ActiveUtterance): void {
    const before = [this.#line[0], this.#after.get(utterance)];
    if (before.some((one) => one !== undefined && this.#isSilent(one))) this.#watchSilent();
  }

  /** There is nothing left of it that could be interrupted. */
  over(utterance: ActiveUtterance): void {
    this.#all.delete(utterance);
    this.handedOver(utterance);
  }

  /** It takes nothing more, and gives no more frames: the next one begins. Does nothing the second time. */
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

  /** Nothing begins while `change` ends one utterance after the other. */
  hold(change: () => void): void {
    this.#isHeld = true;
    try {
      change();
    } finally {
      this.#isHeld = false;
      this.#release();
    }
  }

  /** Behind the named one, whatever was put behind that before, and what follows these; at the end where none is named. */
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
    for (const candidate of [this.#line[0], ...followers]) {
      if (candidate?.waitsForTurn === true && !this.#mustWait(candidate)) this.#due.add(candidate);
    }
    this.#release();
    this.#watchSilent();
  }

  /**
   * Handlers see a settled state, so the frames come after whatever handler has ended the utterance before. Until then those that
   * arrive wait behind those that are here.
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

  /** One that others wait for may never be ended, because its application has forgotten it: they do not wait for ever. */
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
      // Of one that is silent already `leastMs` is left: what waits for it is silent, too, or it has just become so.
      const leftMs = lastWrittenAtMs + sourceTimeoutMs - clock.nowMs();
      waitMs = Math.min(waitMs, leftMs > 0 ? leftMs : leastMs);
    }
    if (waitMs < Infinity) this.#timer = clock.schedule(waitMs, () => this.#passSilent());
  }

  /**
   * Those that are not silent pass those that are. Where all are silent, they are looked at again later. Both kinds of waiting end at the
   * same moment: otherwise one that was passed in the line could be awaited by another one that it waits for.
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

  /** Whether nothing was written for `sourceTimeoutMs`, and its end neither. */
  #isSilent(utterance: ActiveUtterance): boolean {
    const { clock, sourceTimeoutMs, isWriting } = this.#parts;
    const { ledger, lastWrittenAtMs } = utterance;
    if (ledger.endAsked || lastWrittenAtMs + sourceTimeoutMs > clock.nowMs()) return false;
    return !isWriting(utterance);
  }
}
