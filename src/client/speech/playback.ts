/**
 * Tells what becomes of an utterance where it is heard: in the room when the service publishes into one, otherwise where the
 * frames go. Each change is told once, whatever the service repeats.
 */
import { KEYFRAME_MS } from '../../core/utterance/recovery.js';
import { PlaybackStateValue } from '../../wire/message.js';
import type { ServerPlaybackState } from '../../wire/message.js';
import type { Notifier } from '../events/notifier.js';
import type { PlaybackEvent } from '../events/session-events.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export class Playback {
  readonly #notifier: Notifier;
  readonly #usesEgress: boolean;
  /** Whether the service says itself what the room hears; then its signals say nothing more. */
  #stateIsTold = false;

  constructor(notifier: Notifier, usesEgress: boolean) {
    this.#notifier = notifier;
    this.#usesEgress = usesEgress;
  }

  /** Another connection, perhaps with other capabilities. */
  attached(capabilities: readonly string[]): void {
    this.#stateIsTold = this.#usesEgress && capabilities.includes('playback_state');
  }

  /** An animation message has been handed over. */
  framed(utterance: SpokenUtterance, end: boolean): void {
    if (!this.#stateIsTold) this.#tell(utterance, 'started', this.#usesEgress ? undefined : 0, '');
    // The playout is drained then, whatever else the service will say about an utterance that is over.
    if (end) this.#tell(utterance, 'ended', this.#framedMs(utterance.ledger.keyframesDelivered), '');
  }

  /** The service says what the room hears. */
  stated(utterance: SpokenUtterance, message: ServerPlaybackState): void {
    const { state, playedMs, reason } = message;
    utterance.ledger.played(playedMs);
    const positionMs = utterance.ledger.playedMs;
    switch (state) {
      case PlaybackStateValue.playing:
        this.#tell(utterance, utterance.playback === 'paused' ? 'resumed' : 'started', positionMs, reason);
        return;
      case PlaybackStateValue.paused:
        this.#tell(utterance, 'paused', positionMs, reason);
        return;
      case PlaybackStateValue.ended:
        this.#tell(utterance, 'ended', positionMs, reason);
        return;
      case PlaybackStateValue.interrupted:
        this.#tell(utterance, 'interrupted', positionMs, reason);
        return;
      default:
      // A newer service's state: nothing that could be told in our words.
    }
  }

  /** The application has paused or resumed it; told here only where the service does not say itself what becomes of that. */
  controlled(utterance: SpokenUtterance, state: 'paused' | 'resumed'): void {
    if (this.#stateIsTold || (state === 'resumed' && utterance.playback !== 'paused')) return;
    this.#tell(utterance, state, undefined, '');
  }

  /** The application has cut the utterance short. */
  interrupted(utterance: SpokenUtterance): void {
    if (utterance.playback === undefined) return;
    const positionMs = this.#framedMs(utterance.keyframesHandedOver) ?? utterance.ledger.playedMs;
    this.#tell(utterance, 'interrupted', positionMs, '');
  }

  #framedMs(keyframes: number): number | undefined {
    return this.#usesEgress ? undefined : keyframes * KEYFRAME_MS;
  }

  #tell(
    utterance: SpokenUtterance,
    state: PlaybackEvent['state'],
    positionMs: number | undefined,
    reason: string,
  ): void {
    const before = utterance.playback;
    if (before === state || before === 'ended' || before === 'interrupted') return;
    if (state === 'started' && before !== undefined) return;
    utterance.playback = state;
    this.#notifier.announce('playback', {
      reqId: utterance.ledger.reqId,
      state,
      ...(positionMs === undefined ? {} : { positionMs }),
      ...(reason === '' ? {} : { reason }),
    });
  }
}
