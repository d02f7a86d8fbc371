/**
 * Emits the playback events of utterances: for the room if the service publishes into one, otherwise for the frames that are delivered.
 * One event for each change; playback that has started also ends, with a position. Must not know connections.
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

/** The members of the session that playback uses. */
export interface PlaybackHost {
  readonly context: {
    readonly clock: Clock;
    readonly usesEgress: boolean;
    /** Whether the audio is PCM, whose duration can be derived from its size. */
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

/** The capability that is needed for a pause in a room. */
export const PLAYBACK_CONTROL = 'playback_control';

export class Playback {
  readonly #host: PlaybackHost;
  /** Whether the service reports playback states; then animation messages do not indicate playback. */
  #stateIsReported = false;
  /** Whether the service can pause the room; undefined before the first connection. */
  canControl: boolean | undefined;

  constructor(host: PlaybackHost) {
    this.#host = host;
  }

  /** A new connection, which may have other capabilities. */
  attached(capabilities: readonly string[]): void {
    this.#stateIsReported = this.#host.context.usesEgress && capabilities.includes('playback_state');
    this.canControl = capabilities.includes(PLAYBACK_CONTROL);
  }

  /** An animation message came; in a room it shows that the playout has begun, or is over. */
  signalled(utterance: ActiveUtterance): void {
    if (this.#stateIsReported) return;
    const { usesEgress } = this.#host.context;
    const paused = this.#isPaused;
    if (usesEgress && !utterance.position.playing) this.#update(utterance, 0, !paused);
    this.#emit(utterance, 'started', usesEgress ? undefined : 0, '');
    if (usesEgress && paused) this.#emit(utterance, 'paused', this.positionMs(utterance), '');
  }

  /**
   * The service reports a playback state. There is no event for an interrupt, which ends the utterance, and none for a pause that is over
   * already when the report comes (`isLate`).
   */
  stated(
    utterance: ActiveUtterance,
    { state, playedMs, reason }: ServerPlaybackState,
    isLate: boolean,
  ): void {
    if (!this.#host.context.usesEgress) return;
    const isPlaying = state === PlaybackStateValue.playing;
    const nowMs = this.#host.context.clock.nowMs();
    this.#update(utterance, playedMs, isPlaying, nowMs);
    // At the time of the report: a second reading of the clock may be milliseconds later.
    const positionMs = this.positionMs(utterance, nowMs);
    if (isPlaying) {
      const goesOn = utterance.playback === 'paused';
      // The room plays although the session is paused: the room has not received the pause yet, for example on a new connection.
      if (goesOn && this.#isPaused) return;
      this.#emit(utterance, goesOn ? 'resumed' : 'started', positionMs, reason);
    } else if (state === PlaybackStateValue.paused) {
      if (!isLate) this.#emit(utterance, 'paused', positionMs, reason);
    } else if (state === PlaybackStateValue.ended && utterance.ledger.endSent) {
      // Before our own end, this is the end of a segment.
      this.#emit(utterance, 'ended', positionMs, reason);
    }
  }

  /** The application has paused or resumed it; emits an event only where the service reports no playback states. */
  controlled(utterance: ActiveUtterance, state: 'paused' | 'resumed'): void {
    if (this.#stateIsReported || utterance.playback === undefined) return;
    const { position } = utterance;
    const nowMs = this.#host.context.clock.nowMs();
    if (state === 'paused') utterance.position = stopped(position, nowMs, this.#sentMs(utterance));
    else if (this.#host.context.usesEgress) utterance.position = resumed(position, nowMs);
    this.#emit(utterance, state, this.positionMs(utterance), '');
  }

  /** More audio is about to be sent: a room that had played all earlier audio resumes only now. */
  supplying(utterance: ActiveUtterance, nowMs: number): void {
    if (!utterance.position.playing) return;
    utterance.position = supplied(utterance.position, nowMs, this.#sentMs(utterance));
  }

  /**
   * The run of the utterance is void: with recovery `tail`, audio that the room has played by now is not sent again.
   *
   * @param silently whether the loss was noticed by silence: then audio that was sent meanwhile may not have arrived
   */
  lost(utterance: ActiveUtterance, silently: boolean): void {
    const { ledger, position } = utterance;
    if (!position.playing) return;
    const sentMs = silently ? position.arrivedMs : this.#sentMs(utterance);
    utterance.position = stopped(position, this.#host.context.clock.nowMs(), sentMs);
    // If the service reports no positions, no audio counts as played.
    if (this.#stateIsReported) ledger.played(utterance.position.positionMs - ledger.runFromMs);
  }

  /**
   * The current position, whole milliseconds: reported by a client, or played in the room, or that of the keyframes that reached the
   * application.
   */
  positionMs(utterance: ActiveUtterance, nowMs = this.#host.context.clock.nowMs()): number {
    if (utterance.reportedMs !== undefined) return Math.round(utterance.reportedMs);
    if (!this.#host.context.usesEgress) return utterance.handedOver(false).end * KEYFRAME_MS;
    return Math.round(positionAt(utterance.position, nowMs, this.#sentMs(utterance)));
  }

  /** A client reports how much it has played; at most what it has received. */
  reported(utterance: ActiveUtterance, positionMs: number): void {
    const { usesEgress } = this.#host.context;
    const givenMs = usesEgress ? this.#sentMs(utterance) : utterance.handedOver(false).end * KEYFRAME_MS;
    utterance.played(Math.min(positionMs, givenMs));
  }

  /** The end of a complete utterance for a client, milliseconds: the last keyframe may end after the audio. */
  wholeMs({ keyframesReleased, writtenBytes }: ActiveUtterance): number {
    const { wholeSamples, options } = this.#host.context;
    const keyframesMs = keyframesReleased * KEYFRAME_MS;
    if (!wholeSamples) return keyframesMs;
    return Math.min(keyframesMs, Math.floor((writtenBytes / SAMPLE_BYTES / options.sampleRate) * 1000));
  }

  /** The position at the end of a complete utterance, milliseconds. */
  lengthMs(utterance: ActiveUtterance): number {
    if (utterance.reportedMs !== undefined) return Math.round(utterance.reportedMs);
    if (!this.#host.context.usesEgress) return utterance.handedOver(true).end * KEYFRAME_MS;
    const positionMs = this.positionMs(utterance);
    const sentMs = Math.round(this.#sentMs(utterance));
    return utterance.playback === 'ended' || sentMs === Infinity ? positionMs : Math.max(positionMs, sentMs);
  }

  /** Whether the service will report the final position if the utterance is interrupted now. */
  reportsFinalPosition({ playback, ledger }: ActiveUtterance): boolean {
    return this.#stateIsReported && ledger.begun && playback !== undefined && playback !== 'ended';
  }

  /** The service reports the final position of an interrupted utterance. */
  lastPositionMs(utterance: ActiveUtterance, { playedMs }: ServerPlaybackState): number {
    this.#update(utterance, playedMs, false);
    return this.positionMs(utterance);
  }

  /** The utterance is over: if playback has started, its final event is emitted. */
  over(utterance: ActiveUtterance, how: 'ended' | 'interrupted', positionMs: number, reason: string): void {
    this.#emit(utterance, how, positionMs, reason);
  }

  get #isPaused(): boolean {
    return this.#host.speech.pausing?.isOn === true;
  }

  #update(
    utterance: ActiveUtterance,
    playedMs: number,
    playing: boolean,
    nowMs = this.#host.context.clock.nowMs(),
  ): void {
    const { ledger } = utterance;
    const positionMs = ledger.runFromMs + playedMs;
    const statement = { run: ledger.wireReqId, positionMs, playing, sentMs: this.#sentMs(utterance) };
    utterance.position = stated(utterance.position, statement, nowMs);
    if (!this.#stateIsReported) return;
    ledger.played(playedMs);
    this.#host.speech.letGoOfAudio(utterance);
  }

  /** The duration of the sent audio, or, for a compressed stream, of all written audio, milliseconds; Infinity if it is unknown. */
  #sentMs({ ledger, opusDuration }: ActiveUtterance): number {
    const { wholeSamples, options } = this.#host.context;
    if (!wholeSamples) return opusDuration?.ms ?? Infinity;
    return (ledger.sentBytes / SAMPLE_BYTES / options.sampleRate) * 1000;
  }

  #emit(
    utterance: ActiveUtterance,
    state: PlaybackEvent['state'],
    positionMs: number | undefined,
    reason: string,
  ): void {
    const before = utterance.playback;
    if (before === state || before === 'ended' || before === 'interrupted') return;
    if (state === 'started' && before !== undefined) return;
    if (state === 'resumed' && before !== 'paused') return;
    if (before === undefined && state === 'ended') this.#emit(utterance, 'started', 0, '');
    else if (before === undefined && state !== 'started') return;
    utterance.playback = state;
    const { label } = utterance.traits;
    const event: PlaybackEvent = {
      reqId: utterance.ledger.reqId,
      ...(label === undefined ? {} : { label }),
      state,
      positionMs: positionMs ?? this.positionMs(utterance),
      ...(reason === '' ? {} : { reason }),
    };
    this.#host.lifecycle.notifier.emit('playback', event, undefined, undefined, utterance.listeners);
  }
}
