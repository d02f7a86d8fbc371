/**
 * Interrupted utterances whose exact position the service may still state. Each waits for that a short time, and not at all once
 * the connection is gone. Knows nothing of playback events.
 */
import type { Clock, Timer } from '../../ports/clock.js';
import { PlaybackStateValue } from '../../ports/message.js';
import type { ServerPlaybackState } from '../../ports/message.js';
import type { ActiveUtterance } from './active-utterance.js';

/** How long the service has for it, milliseconds. */
export const LAST_WORD_MS = 250;

interface Awaited {
  readonly utterance: ActiveUtterance;
  readonly timer: Timer;
  readonly reason: string;
  /** Where it stopped, as far as it is known. */
  positionMs: number;
}

export interface LastWordsParts {
  readonly clock: Clock;
  /** The position in the utterance that the service means. */
  readonly positionOf: (utterance: ActiveUtterance, state: ServerPlaybackState) => number;
  /** Called once per utterance. */
  readonly onKnown: (utterance: ActiveUtterance, positionMs: number, reason: string) => void;
}

export class LastWords {
  readonly #parts: LastWordsParts;
  /** By the request id on the wire. */
  readonly #awaited = new Map<string, Awaited>();

  constructor(parts: LastWordsParts) {
    this.#parts = parts;
  }

  /** `positionMs` holds unless the service says another one. */
  expect(utterance: ActiveUtterance, positionMs: number, reason: string): void {
    const { clock } = this.#parts;
    const reqId = utterance.ledger.wireReqId;
    // A late timer runs before the sockets are read: the position may be waiting there.
    const timer = clock.schedule(LAST_WORD_MS, () => clock.afterPendingInput(() => this.#conclude(reqId)));
    this.#awaited.set(reqId, { utterance, timer, reason, positionMs });
  }

  stated(state: ServerPlaybackState): void {
    const awaited = this.#awaited.get(state.reqId);
    if (awaited === undefined) return;
    awaited.positionMs = this.#parts.positionOf(awaited.utterance, state);
    // A position that was under way when the interrupt came to the service is not the last one.
    const isFinal =
      state.state === PlaybackStateValue.interrupted || state.state === PlaybackStateValue.ended;
    if (isFinal) this.#conclude(state.reqId);
  }

  /** The connection is gone: what is known by now has to do. */
  end(): void {
    for (const reqId of this.#awaited.keys()) this.#conclude(reqId);
  }

  #conclude(reqId: string): void {
    const awaited = this.#awaited.get(reqId);
    if (awaited === undefined) return;
    awaited.timer.cancel();
    this.#awaited.delete(reqId);
    this.#parts.onKnown(awaited.utterance, awaited.positionMs, awaited.reason);
  }
}
