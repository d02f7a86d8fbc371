/**
 * Writes on their way into a session: accepted at once while there is room for their audio, in their order when there is not.
 * Nobody waits for ever, neither for room nor for the socket: a write that has to wait too long takes its utterance with it,
 * because the sentence would have a hole.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Clock } from '../../ports/clock.js';
import { quiet, quietRejection } from '../waiting/quiet.js';
import type { ReplayBudget, ReplayOptions } from './replay-budget.js';
import { refuseWrite, requestError } from './request-error.js';
import type { Refuser } from './request-error.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export interface WriteQueueOptions {
  readonly clock: Clock;
  readonly budget: ReplayBudget;
  readonly onLimit: ReplayOptions['onLimit'];
  readonly waitMs: number;
  /** Takes the audio; what it returns is waited for. */
  readonly accept: (utterance: SpokenUtterance, chunk: Uint8Array, end: boolean) => Promise<void> | undefined;
  readonly refuser: Refuser;
  readonly giveUp: (utterance: SpokenUtterance, error: AvatarSDKError) => void;
}

export class WriteQueue {
  readonly #options: WriteQueueOptions;
  /** For each utterance with writes that wait for room: settles when the last of them has. */
  readonly #tails = new Map<SpokenUtterance, Promise<void>>();
  /** For each utterance that waits for the socket: one wait for all its writes. */
  readonly #relieved = new Map<SpokenUtterance, Promise<void>>();

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** Undefined when the audio is accepted and the socket has room for more. */
  write(utterance: SpokenUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const { onLimit, refuser } = this.#options;
    const refused = refuseWrite(refuser, utterance, chunk);
    if (refused !== undefined) return quietRejection(refused);
    const before = this.#tails.size === 0 ? undefined : this.#before(utterance, chunk);
    if (before === undefined) {
      if (this.#hasRoom(utterance, chunk)) return this.#accept(utterance, chunk, end);
      if (onLimit === 'fail') return quietRejection(this.#full(utterance));
    }
    const write = quiet(this.#writeAfter(before, utterance, chunk, end));
    const forget = (): void => {
      if (this.#tails.get(utterance) === tail) this.#tails.delete(utterance);
    };
    const tail: Promise<void> = write.then(forget, forget);
    this.#tails.set(utterance, tail);
    return write;
  }

  /**
   * What goes first: waiting writes of the same utterance, and for audio those of older ones too. An older utterance never waits
   * for a younger one, whose room it may have to make by coming to its end.
   */
  #before(utterance: SpokenUtterance, chunk: Uint8Array): Promise<void> | undefined {
    const own = this.#tails.get(utterance);
    if (own !== undefined || chunk.length === 0) return own;
    let before: Promise<void> | undefined;
    for (const [other, tail] of this.#tails) if (other.order < utterance.order) before = tail;
    return before;
  }

  #hasRoom(utterance: SpokenUtterance, chunk: Uint8Array): boolean {
    const { budget, onLimit } = this.#options;
    if (chunk.length === 0 || budget.hasRoomFor(chunk.length)) return true;
    if (onLimit === 'stopReplaying') utterance.stopKeeping();
    // What is not kept is in memory only until it has gone out: one chunk at a time.
    return !utterance.ledger.keptWhole && utterance.ledger.audioBytes === 0;
  }

  async #writeAfter(
    before: Promise<void> | undefined,
    utterance: SpokenUtterance,
    chunk: Uint8Array,
    end: boolean,
  ): Promise<void> {
    await before;
    const { clock, budget, waitMs, refuser, giveUp } = this.#options;
    const { ledger } = utterance;
    const deadlineMs = clock.nowMs() + waitMs;
    for (;;) {
      const refused = refuseWrite(refuser, utterance, chunk);
      if (refused !== undefined) throw refused;
      if (this.#hasRoom(utterance, chunk)) break;
      // An utterance that is larger than the whole budget waits in vain.
      const inVain = ledger.keptWhole && !budget.couldHold(ledger.audioBytes + chunk.length);
      if (inVain || clock.nowMs() >= deadlineMs) {
        const error = this.#full(utterance);
        giveUp(utterance, error);
        throw error;
      }
      await this.#orOver(utterance, budget.whenChanged(), deadlineMs - clock.nowMs());
    }
    await this.#accept(utterance, chunk, end);
  }

  #accept(utterance: SpokenUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const pressure = this.#options.accept(utterance, chunk, end);
    if (pressure === undefined) return undefined;
    let relieved = this.#relieved.get(utterance);
    if (relieved === undefined) {
      relieved = quiet(this.#whenRelieved(utterance, pressure));
      this.#relieved.set(utterance, relieved);
    }
    return relieved;
  }

  /** Resolves when the socket takes more, or when the utterance has settled: the audio had been accepted. */
  async #whenRelieved(utterance: SpokenUtterance, pressure: Promise<void>): Promise<void> {
    const { waitMs, refuser, giveUp } = this.#options;
    const how = await this.#orOver(utterance, pressure, waitMs);
    this.#relieved.delete(utterance);
    if (how !== 'late' || utterance.stage.kind !== 'speaking') return;
    const message = `the socket took no audio for ${waitMs} ms`;
    const error = requestError(refuser, 'upstreamError', message, utterance, 'expired', 'socketFull');
    giveUp(utterance, error);
    throw error;
  }

  #full(utterance: SpokenUtterance): AvatarSDKError {
    const message = 'the audio kept for a re-send has reached its limit';
    return requestError(this.#options.refuser, 'invalidRequest', message, utterance, 'failed', 'replayLimit');
  }

  /** Resolves when `what` has happened, when the utterance has settled, or when the time is up. */
  async #orOver(utterance: SpokenUtterance, what: Promise<void>, withinMs: number): Promise<'late' | 'now'> {
    let timeUp: (how: 'late') => void = () => undefined;
    const late = new Promise<'late'>((resolve) => {
      timeUp = resolve;
    });
    const { clock } = this.#options;
    // A late timer runs before the sockets are looked at: there may be room by now.
    const due = (): void => clock.afterPendingInput(() => timeUp('late'));
    const timer = clock.schedule(Math.max(0, withinMs), due);
    const now = (): 'now' => 'now';
    const how = await Promise.race([what.then(now), utterance.over.then(now), late]);
    timer.cancel();
    return how;
  }
}
