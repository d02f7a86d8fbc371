/**
 * Delivery without egress: every request's keyframes travel on the socket, in order, in messages of the
 * configured size, as fast as the configured pace allows. Requests do not wait for each other.
 */
import { PlaybackStateValue, type Keyframe } from '../../ports/message.js';
import { KEYFRAME_MS, type Animator } from '../animation/animator.js';
import type { TimerSet } from '../socket/timer-set.js';
import type {
  AnimationSender,
  EmulatedRequest,
  InterruptReason,
  RequestDelivery,
} from './animation-sender.js';

interface Stream {
  readonly request: EmulatedRequest;
  readonly animator: Animator;
  readonly queue: Keyframe[];
  sentCount: number;
  /** Keyframes in the next message. */
  batch: number;
  /** When the first keyframe was due; moved on by pauses. */
  startedAtMs: number;
  pausedAtMs: number | undefined;
  cancelTimer: () => void;
}

export interface SocketDeliverySettings {
  readonly newAnimator: () => Animator;
  readonly drawBatch: () => number;
  /** Times real time; Infinity sends at once. */
  readonly pace: number;
}

export class SocketDelivery implements RequestDelivery {
  readonly #streams = new Map<EmulatedRequest, Stream>();
  readonly #settings: SocketDeliverySettings;
  readonly #sender: AnimationSender;
  readonly #timers: TimerSet;

  constructor(settings: SocketDeliverySettings, sender: AnimationSender, timers: TimerSet) {
    this.#settings = settings;
    this.#sender = sender;
    this.#timers = timers;
  }

  audio(request: EmulatedRequest, audio: Uint8Array, end: boolean): void {
    const stream = this.#streams.get(request) ?? this.#open(request);
    stream.queue.push(...stream.animator.push(audio));
    if (end) stream.queue.push(...stream.animator.finish());
    this.#flush(stream);
  }

  interrupt(request: EmulatedRequest, reason: InterruptReason): void {
    const stream = this.#streams.get(request);
    this.#drop(request);
    this.#sender.playback(request, PlaybackStateValue.interrupted, playedMs(stream), reason);
  }

  pause(request: EmulatedRequest): void {
    const stream = this.#streams.get(request);
    if (stream === undefined || stream.pausedAtMs !== undefined) return;
    stream.pausedAtMs = this.#timers.nowMs;
    this.#sender.playback(request, PlaybackStateValue.paused, playedMs(stream), 'explicit');
  }

  resume(request: EmulatedRequest): void {
    const stream = this.#streams.get(request);
    if (stream?.pausedAtMs === undefined) return;
    stream.startedAtMs += this.#timers.nowMs - stream.pausedAtMs;
    stream.pausedAtMs = undefined;
    this.#sender.playback(request, PlaybackStateValue.playing, playedMs(stream), 'explicit');
    this.#flush(stream);
  }

  dispose(): void {
    for (const request of this.#streams.keys()) this.#drop(request);
  }

  #open(request: EmulatedRequest): Stream {
    const stream: Stream = {
      request,
      animator: this.#settings.newAnimator(),
      queue: [],
      sentCount: 0,
      batch: this.#settings.drawBatch(),
      startedAtMs: this.#timers.nowMs,
      pausedAtMs: undefined,
      cancelTimer: () => undefined,
    };
    this.#streams.set(request, stream);
    return stream;
  }

  #drop(request: EmulatedRequest): void {
    this.#streams.get(request)?.cancelTimer();
    this.#streams.delete(request);
  }

  #flush(stream: Stream): void {
    stream.cancelTimer();
    const { request, queue } = stream;
    while (stream.pausedAtMs === undefined && this.#streams.has(request)) {
      const isLast = request.phase === 'ended' && queue.length <= stream.batch;
      if (!isLast && queue.length < stream.batch) return;
      const waitMs = this.#dueInMs(stream);
      if (waitMs > 0) {
        stream.cancelTimer = this.#timers.after(Math.ceil(waitMs), () => this.#flush(stream));
        return;
      }
      const keyframes = queue.splice(0, stream.batch);
      stream.sentCount += keyframes.length;
      stream.batch = this.#settings.drawBatch();
      if (isLast) this.#drop(request);
      if (!this.#sender.animation(request, keyframes, isLast)) return;
      if (isLast) this.#sender.finished(request);
    }
  }

  #dueInMs({ startedAtMs, sentCount }: Stream): number {
    return startedAtMs + (sentCount * KEYFRAME_MS) / this.#settings.pace - this.#timers.nowMs;
  }
}

function playedMs(stream: Stream | undefined): number {
  return Math.round((stream?.sentCount ?? 0) * KEYFRAME_MS);
}
