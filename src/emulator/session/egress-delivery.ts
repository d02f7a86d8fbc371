/**
 * Delivery into a room: no keyframes on the socket, only signals. One request plays at a time, in (scaled)
 * real time. An empty animation message marks its beginning, one with `end` the end of its playout;
 * PlaybackState states the position.
 */
import { PlaybackStateValue } from '../../ports/message.js';
import type { Animator } from '../animation/animator.js';
import type { TimerSet } from '../socket/service-socket.js';
import type {
  AnimationSender,
  EmulatedRequest,
  InterruptReason,
  RequestDelivery,
} from './request-delivery.js';

interface Track {
  readonly request: EmulatedRequest;
  readonly animator: Animator;
  playout: Playout;
}

interface EgressDeliverySettings {
  readonly newAnimator: () => Animator;
  readonly speed: number;
  readonly stateIntervalMs: number;
  readonly overlap: 'queue' | 'preempt';
}

export class EgressDelivery implements RequestDelivery {
  /** The first track is playing. */
  #tracks: Track[] = [];
  readonly #settings: EgressDeliverySettings;
  readonly #sender: AnimationSender;
  readonly #timers: TimerSet;
  #cancelTimer = (): void => undefined;
  #stateDueAtMs = 0;

  constructor(settings: EgressDeliverySettings, sender: AnimationSender, timers: TimerSet) {
    this.#settings = settings;
    this.#sender = sender;
    this.#timers = timers;
  }

  audio(request: EmulatedRequest, audio: Uint8Array, end: boolean): void {
    const track = this.#find(request) ?? this.#open(request);
    const keyframes = track.animator.push(audio).length + (end ? track.animator.finish().length : 0);
    track.playout = { ...this.#advanced(track), bufferedMs: track.animator.audioMs };
    request.heard.durationMs = track.animator.audioMs;
    if (keyframes > 0) this.#sender.generated(request, keyframes);
    this.#tick();
  }

  interrupt(request: EmulatedRequest, reason: InterruptReason): void {
    const track = this.#find(request);
    if (track === undefined) return;
    track.playout = this.#advanced(track);
    request.heard.stopsPlaying();
    this.#tracks = this.#tracks.filter((other) => other !== track);
    this.#sendState(track, PlaybackStateValue.interrupted, reason);
    this.#tick();
  }

  pause(request: EmulatedRequest): void {
    const track = this.#find(request);
    if (track === undefined || track.playout.state === 'paused') return;
    track.playout = { ...this.#advanced(track), state: 'paused' };
    this.#sendState(track, PlaybackStateValue.paused, 'explicit');
    this.#tick();
  }

  resume(request: EmulatedRequest): void {
    const track = this.#find(request);
    if (track?.playout.state !== 'paused') return;
    // A request that has not started to play waits for its turn again; `tick` starts it.
    const wasOnAir = track === this.#tracks[0] && track.playout.playedMs > 0;
    track.playout = { ...this.#advanced(track), state: wasOnAir ? 'playing' : 'waiting' };
    if (wasOnAir) this.#sendState(track, PlaybackStateValue.playing, 'explicit');
    this.#tick();
  }

  dispose(): void {
    this.#cancelTimer();
    for (const { request } of this.#tracks) request.heard.stopsPlaying();
    this.#tracks = [];
  }

  #open(request: EmulatedRequest): Track {
    if (this.#settings.overlap === 'preempt') {
      for (const { request: other } of this.#tracks) {
        other.phase = 'over';
        this.interrupt(other, 'preempted');
      }
    }
    const track = { request, animator: this.#settings.newAnimator(), playout: newPlayout };
    this.#tracks.push(track);
    request.heard.playsBy(() => this.#advanced(track).playedMs);
    return track;
  }

  #tick(): void {
    this.#cancelTimer();
    for (let [track] = this.#tracks; track !== undefined; [track] = this.#tracks) {
      track.playout = this.#advanced(track);
      if (track.playout.state === 'waiting') this.#begin(track);
      const drained = drainedInMs(track.playout, this.#settings.speed) <= 0;
      if (track.playout.state === 'paused' || !drained || track.request.phase !== 'ended') {
        if (drained) this.#endEarly(track);
        this.#wait(track);
        return;
      }
      this.#tracks.shift();
      track.request.heard.stopsPlaying();
      this.#sendState(track, PlaybackStateValue.ended, '');
      this.#sender.animation(track.request, [], true);
      this.#sender.finished(track.request);
    }
  }

  #begin(track: Track): void {
    if (track.playout.bufferedMs <= track.playout.playedMs) return;
    track.playout = { ...track.playout, state: 'playing' };
    this.#sender.animation(track.request, [], false);
    this.#sendState(track, PlaybackStateValue.playing, '');
  }

  /** All audio so far has been played, and more may come: some services send an end in this case. */
  #endEarly(track: Track): void {
    if (track.playout.state !== 'playing' || !this.#sender.endsEarly(track.request)) return;
    track.playout = { ...track.playout, state: 'waiting' };
    this.#sendState(track, PlaybackStateValue.ended, '');
    this.#sender.segmentEnded(track.request);
  }

  /** Waits until the playout is drained, or until its position is due again. A starved playout needs no timer. */
  #wait(track: Track): void {
    const drainsInMs = drainedInMs(track.playout, this.#settings.speed);
    if (track.playout.state !== 'playing' || drainsInMs <= 0) return;
    if (this.#timers.nowMs >= this.#stateDueAtMs) this.#sendState(track, PlaybackStateValue.playing, '');
    const stateInMs = this.#stateDueAtMs - this.#timers.nowMs;
    this.#cancelTimer = this.#timers.after(Math.ceil(Math.min(drainsInMs, stateInMs)), () => this.#tick());
  }

  #sendState(track: Track, state: number, reason: string): void {
    this.#stateDueAtMs = this.#timers.nowMs + this.#settings.stateIntervalMs;
    this.#sender.playback(track.request, state, Math.round(track.playout.playedMs), reason);
  }

  #advanced({ playout }: Track): Playout {
    return advance(playout, this.#timers.nowMs, this.#settings.speed);
  }

  #find(request: EmulatedRequest): Track | undefined {
    return this.#tracks.find((track) => track.request === request);
  }
}

/**
 * The position of one request's playout in a room, as pure arithmetic: its current position, and the time at
 * which all received audio will have been played. Times are arguments, milliseconds; no timers.
 */
interface Playout {
  /** Audio received so far. */
  readonly bufferedMs: number;
  /** Position at the time `countedAtMs`. */
  readonly playedMs: number;
  readonly countedAtMs: number;
  readonly state: 'waiting' | 'playing' | 'paused';
}

const newPlayout: Playout = { bufferedMs: 0, playedMs: 0, countedAtMs: 0, state: 'waiting' };

/** The same playout with its position at `nowMs`, at most at the end of the received audio. */
function advance(playout: Playout, nowMs: number, speed: number): Playout {
  const elapsedMs = playout.state === 'playing' ? (nowMs - playout.countedAtMs) * speed : 0;
  return {
    ...playout,
    playedMs: Math.min(playout.bufferedMs, playout.playedMs + elapsedMs),
    countedAtMs: nowMs,
  };
}

/** Real milliseconds until all received audio has been played; 0 if it has. Only for an advanced playout. */
function drainedInMs({ bufferedMs, playedMs }: Playout, speed: number): number {
  return (bufferedMs - playedMs) / speed;
}
