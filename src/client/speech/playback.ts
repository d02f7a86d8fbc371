/**
 * Emits the playback events of utterances: in the room when the service publishes into one, otherwise where the frames go. One
 * event for each change; what has started also ends, with a position.
 */
import { SAMPLE_BYTES } from '../../core/utterance/sample-aligner.js';
import { positionAt, resumed, stated, stopped, supplied } from '../../core/utterance/playback-position.js';
import { KEYFRAME_MS } from '../../core/utterance/recovery.js';
import type { Clock } from '../../ports/clock.js';
import { PlaybackStateValue } from '../../ports/message.js';
import type { ServerPlaybackState } from '../../ports/message.js';
import type { Notifier } from '../events/notifier.js';
import type { PlaybackEvent } from '../events/session-events.js';
import type { ActiveUtterance } from './active-utterance.js';

/** What playback needs of the session. */
export interface PlaybackHost {
  readonly context: {
    readonly clock: Clock;
    readonly usesEgress: boolean;
    /** PCM: its duration follows from its size. */
    readonly wholeSamples: boolean;
    readonly options: { readonly sampleRate: number };
  };
  readonly lifecycle: { readonly notifier: Notifier };
  readonly speech: {
    /** `isOn`: whether the session is paused. */
    readonly pausing: { readonly isOn: boolean } | undefined;
    letGoOfAudio(utterance: ActiveUtterance): void;
  };
}

/** The capability that a pause in a room needs. */
export const PLAYBACK_CONTROL = 'playback_control';

export class Playback {
  readonly #host: PlaybackHost;
  /** Whether the service itself states what the room hears; then its signals mean nothing more. */
  #stateIsTold = false;
  /** Whether the service can pause the room; undefined before the first connection. */
  canControl: boolean | undefined;

  constructor(host: PlaybackHost) {
    this.#host = host;
  }

  /** Another connection, perhaps with other capabilities. */
  attached(capabilities: readonly string[]): void {
    this.#stateIsTold = this.#host.context.usesEgress && capabilities.includes('playback_state');
    this.canControl = capabilities.includes(PLAYBACK_CONTROL);
  }

  /** An animation message came; in a room it is a signal that the playout has begun, or is over. */
  signalled(utterance: ActiveUtterance): void {
    if (this.#stateIsTold) return;
    const { usesEgress } = this.#host.context;
    const paused = this.#isPaused;
    if (usesEgress && !utterance.position.playing) this.#note(utterance, 0, !paused);
    this.#tell(utterance, 'started', usesEgress ? undefined : 0, '');
    if (usesEgress && paused) this.#tell(utterance, 'paused', this.positionMs(utterance), '');
  }

  /**
   * The service states what the room hears. There is no event for an interrupt, which ends the utterance, and none for a pause that
   * is over already when the service states it (`isLate`).
   */
  stated(
    utterance: ActiveUtterance,
    { state, playedMs, reason }: ServerPlaybackState,
    isLate: boolean,
  ): void {
    if (!this.#host.context.usesEgress) return;
    const isPlaying = state === PlaybackStateValue.playing;
    this.#note(utterance, playedMs, isPlaying);
    const positionMs = this.positionMs(utterance);
    if (isPlaying) {
      const goesOn = utterance.playback === 'paused';
      // A room that plays in spite of our pause has not received it yet, perhaps on a new connection.
      if (goesOn && this.#isPaused) return;
      this.#tell(utterance, goesOn ? 'resumed' : 'started', positionMs, reason);
    } else if (state === PlaybackStateValue.paused) {
      if (!isLate) this.#tell(utterance, 'paused', positionMs, reason);
    } else if (state === PlaybackStateValue.ended && utterance.ledger.endSent) {
      // Before our own end it is the end of a segment.
      this.#tell(utterance, 'ended', positionMs, reason);
    }
  }

  /** The application has paused or resumed it; told here only where the service does not say itself what becomes of that. */
  controlled(utterance: ActiveUtterance, state: 'paused' | 'resumed'): void {
    if (this.#stateIsTold || utterance.playback === undefined) return;
    const { position } = utterance;
    const nowMs = this.#host.context.clock.nowMs();
    if (state === 'paused') utterance.position = stopped(position, nowMs, this.#sentMs(utterance));
    else if (this.#host.context.usesEgress) utterance.position = resumed(position, nowMs);
    this.#tell(utterance, state, this.positionMs(utterance), '');
  }

  /** More audio is about to go out: a room that had run out of it plays on only now. */
  supplying(utterance: ActiveUtterance, nowMs: number): void {
    if (!utterance.position.playing) return;
    utterance.position = supplied(utterance.position, nowMs, this.#sentMs(utterance));
  }

  /**
   * The run of the utterance is void: what the room has heard by now is not sent again with recovery `tail`.
   * @param silently the loss was noticed by silence: audio that went out meanwhile may not have arrived
   */
  lost(utterance: ActiveUtterance, silently: boolean): void {
    const { ledger, position } = utterance;
    if (!position.playing) return;
    const sentMs = silently ? position.arrivedMs : this.#sentMs(utterance);
    utterance.position = stopped(position, this.#host.context.clock.nowMs(), sentMs);
    // Where the service states no positions nothing counts as heard.
    if (this.#stateIsTold) ledger.played(utterance.position.positionMs - ledger.runFromMs);
  }

  /** How far it has been heard by now, whole milliseconds: in the room, or as keyframes that reached the application. */
  positionMs(utterance: ActiveUtterance): number {
    if (!this.#host.context.usesEgress) return utterance.handedOver(false).end * KEYFRAME_MS;
    return Math.round(
      positionAt(utterance.position, this.#host.context.clock.nowMs(), this.#sentMs(utterance)),
    );
  }

  /** Where it ends when everything of it came: the room has heard it, and the application has what it took. */
  lengthMs(utterance: ActiveUtterance): number {
    if (!this.#host.context.usesEgress) return utterance.handedOver(true).end * KEYFRAME_MS;
    const positionMs = this.positionMs(utterance);
    const sentMs = Math.round(this.#sentMs(utterance));
    return utterance.playback === 'ended' || sentMs === Infinity ? positionMs : Math.max(positionMs, sentMs);
  }

  /** Whether the service can still say where the room stops, when the utterance is interrupted now. */
  hasLastWord({ playback, ledger }: ActiveUtterance): boolean {
    return this.#stateIsTold && ledger.begun && playback !== undefined && playback !== 'ended';
  }

  /** The service says where an utterance stopped that was interrupted. */
  lastPositionMs(utterance: ActiveUtterance, { playedMs }: ServerPlaybackState): number {
    this.#note(utterance, playedMs, false);
    return this.positionMs(utterance);
  }

  /** The utterance is over: what has started gets its end. */
  over(utterance: ActiveUtterance, how: 'ended' | 'interrupted', positionMs: number, reason: string): void {
    this.#tell(utterance, how, positionMs, reason);
  }

  get #isPaused(): boolean {
    return this.#host.speech.pausing?.isOn === true;
  }

  #note(utterance: ActiveUtterance, playedMs: number, playing: boolean): void {
    const { ledger } = utterance;
    const positionMs = ledger.runFromMs + playedMs;
    const statement = { run: ledger.wireReqId, positionMs, playing, sentMs: this.#sentMs(utterance) };
    utterance.position = stated(utterance.position, statement, this.#host.context.clock.nowMs());
    if (!this.#stateIsTold) return;
    ledger.played(playedMs);
    this.#host.speech.letGoOfAudio(utterance);
  }

  /** Audio that has gone out, or of a compressed stream all that was written; Infinity where its length is not known. */
  #sentMs({ ledger, opusDuration }: ActiveUtterance): number {
    const { wholeSamples, options } = this.#host.context;
    if (!wholeSamples) return opusDuration?.ms ?? Infinity;
    return (ledger.sentBytes / SAMPLE_BYTES / options.sampleRate) * 1000;
  }

  #tell(
    utterance: ActiveUtterance,
    state: PlaybackEvent['state'],
    positionMs: number | undefined,
    reason: string,
  ): void {
    const before = utterance.playback;
    if (before === state || before === 'ended' || before === 'interrupted') return;
    if (state === 'started' && before !== undefined) return;
    if (state === 'resumed' && before !== 'paused') return;
    if (before === undefined && state === 'ended') this.#tell(utterance, 'started', 0, '');
    else if (before === undefined && state !== 'started') return;
    utterance.playback = state;
    this.#host.lifecycle.notifier.emit('playback', {
      reqId: utterance.ledger.reqId,
      state,
      ...(positionMs === undefined ? {} : { positionMs }),
      ...(reason === '' ? {} : { reason }),
    });
  }
}
