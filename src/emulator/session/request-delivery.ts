/**
 * One request of a connection, the interface of its delivery (frames on the socket, or a room), and the sender that both deliveries use:
 * it writes animation and playback messages, changed by the modifying faults (an end left out or sent twice, a message repeated, a
 * position that goes back). Then the delivery without egress: every request's keyframes are sent on the socket, in order, in messages of
 * the configured size, at the configured pace. Requests wait for each other if the options say so.
 */
import { MessageType, type Keyframe, PlaybackStateValue, type TraceContext } from '../../ports/message.js';
import { silentKeyframes, KEYFRAME_MS, type Animator } from '../animation/animator.js';
import type { Amount } from '../fault/fault.js';
import type { RuntimeFaults } from '../fault/runtime-faults.js';
import type { TimerSet } from '../socket/service-socket.js';
import type { ConnectionLink } from '../context/emulator-context.js';
import type { AnswerManner, HeardRecord } from '../context/heard.js';

/** The reason in a ServerPlaybackState. */
export type InterruptReason = 'explicit' | 'preempted' | 'pause_timeout';

export interface RequestDelivery {
  /** Audio of the nth request of the connection. Throws AudioFormatError. */
  audio(request: EmulatedRequest, audio: Uint8Array, end: boolean): void;
  /** The rest of the request is not delivered. */
  interrupt(request: EmulatedRequest, reason: InterruptReason): void;
  pause(request: EmulatedRequest): void;
  resume(request: EmulatedRequest): void;
  dispose(): void;
}

export interface EmulatedRequest {
  readonly reqId: string;
  /** The number of the request on the connection, from 1. */
  readonly index: number;
  /** `open`: more audio may come; `ended`: all audio has come; `over`: answered or interrupted. */
  phase: 'open' | 'ended' | 'over';
  readonly heard: HeardRecord;
  /** The trace context of its first audio; its animation messages have the same. */
  readonly traceContext: TraceContext | undefined;
  /** How its keyframes are sent on the socket. */
  readonly manner: AnswerManner;
}

export class AnimationSender {
  readonly #link: ConnectionLink;
  readonly #faults: RuntimeFaults;
  readonly #capabilities: readonly string[];
  readonly #keyframes = new WeakMap<EmulatedRequest, number>();
  #lastPlayedMs = 0;

  constructor(link: ConnectionLink, faults: RuntimeFaults, capabilities: readonly string[]) {
    this.#link = link;
    this.#faults = faults;
    this.#capabilities = capabilities;
  }

  /** Sends an animation message, possibly changed by faults; false if nothing can be sent any more. */
  animation(request: EmulatedRequest, keyframes: readonly Keyframe[], end: boolean): boolean {
    const { index } = request;
    const dropsEnd = end && this.#faults.take('dropEnd', index) !== undefined;
    if (dropsEnd && keyframes.length === 0) return true;
    const mayEndEarly = request.phase === 'open' && keyframes.length > 0;
    const endsEarly = mayEndEarly && this.endsEarly(request);
    const { heard } = request;
    const sent = (): void => void (heard.keyframes += keyframes.length);
    if (!this.#send(request, keyframes, endsEarly || (end && !dropsEnd), sent)) return false;
    if (end && !dropsEnd && this.#faults.take('duplicateEnd', index) !== undefined)
      this.#send(request, [], true);
    if (keyframes.length > 0) {
      if (this.#faults.take('duplicateFrame', index) !== undefined)
        this.#send(request, keyframes, end && !dropsEnd);
      this.generated(request, keyframes.length);
    }
    return this.#link.socket.isOpen;
  }

  /** Whether a fault ends a segment although more audio may come. Called when all audio so far has been played. */
  endsEarly({ index }: EmulatedRequest): boolean {
    return this.#faults.take('earlyEnd', index) !== undefined;
  }

  /** Sends the end of a segment whose keyframes are not sent on this socket. */
  segmentEnded(request: EmulatedRequest): void {
    this.#send(request, [], true);
  }

  /** Counts keyframes that are not sent on this socket, for the thresholds of faults. */
  generated(request: EmulatedRequest, count: number): void {
    this.#keyframes.set(request, (this.#keyframes.get(request) ?? 0) + count);
    this.#faults.keyframesSent(request.index, count);
  }

  /** Sends a PlaybackState if the session has the capability. */
  playback({ reqId, index }: EmulatedRequest, state: number, playedMs: number, reason: string): void {
    if (!this.#capabilities.includes('playback_state')) return;
    const fault = this.#faults.take('playedMsBackwards', index);
    const sentMs =
      fault === undefined ? playedMs : Math.max(0, Math.min(playedMs, this.#lastPlayedMs) - fault.byMs);
    this.#lastPlayedMs = sentMs;
    const { connectionId } = this.#link;
    const content = { connectionId, reqId, state, playedMs: sentMs, reason };
    if (!this.#link.send({ type: MessageType.serverPlaybackState, ...content })) return;
    this.#link.log({ event: 'playback', reqId, state, playedMs: sentMs, reason });
  }

  /** The request is over. */
  finished(request: EmulatedRequest): void {
    request.phase = 'over';
    this.#link.log({ event: 'ended', reqId: request.reqId, keyframes: this.#keyframes.get(request) ?? 0 });
  }

  /** Called after every interrupt; sends nothing unless a fault is due. */
  afterInterrupt(request: EmulatedRequest): void {
    const fault = this.#faults.take('framesAfterInterrupt', request.index);
    if (fault === undefined) return;
    const count = fault.keyframes;
    const late = silentKeyframes(count);
    late.forEach((keyframe, position) => {
      const afterMs = (fault.overMs * position) / count;
      const send = (): unknown => this.#send(request, [keyframe], false);
      if (afterMs === 0) send();
      else this.#link.timers.after(afterMs, send);
    });
  }

  #send(
    { reqId, traceContext }: EmulatedRequest,
    keyframes: readonly Keyframe[],
    end: boolean,
    sent?: () => void,
  ): boolean {
    const { connectionId, avatarId } = this.#link;
    const type = MessageType.serverResponseAnimation;
    const traced = traceContext === undefined ? {} : { traceContext };
    const message = { type, connectionId, reqId, end, avatarId, keyframes, ...traced };
    if (!this.#link.send(message, sent)) return false;
    this.#link.log({ event: 'animation', reqId, keyframes: keyframes.length, end });
    return true;
  }
}

interface Stream {
  readonly request: EmulatedRequest;
  readonly animator: Animator;
  readonly queue: Keyframe[];
  sentCount: number;
  /** Keyframes in the next message. */
  batch: number;
  /** When the first keyframe was due; shifted by pauses. */
  startedAtMs: number;
  pausedAtMs: number | undefined;
  cancelTimer: () => void;
}

export interface SocketDeliverySettings {
  readonly newAnimator: () => Animator;
  readonly drawBatch: (keyframesPerMessage: Amount) => number;
  /** `queue`: keyframes of a request are sent after those of the requests before it. */
  readonly overlap: 'parallel' | 'queue';
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
    request.heard.durationMs = stream.animator.audioMs;
    this.#flush(stream);
  }

  interrupt(request: EmulatedRequest, reason: InterruptReason): void {
    const stream = this.#streams.get(request);
    this.#drop(request);
    this.#sender.playback(request, PlaybackStateValue.interrupted, playedMs(stream), reason);
    this.#next();
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
      batch: this.#settings.drawBatch(request.manner.keyframesPerMessage),
      startedAtMs: this.#timers.nowMs + request.manner.delayMs,
      pausedAtMs: undefined,
      cancelTimer: () => undefined,
    };
    this.#streams.set(request, stream);
    request.heard.playsBy(() => request.heard.keyframes * KEYFRAME_MS);
    return stream;
  }

  #drop(request: EmulatedRequest): void {
    this.#streams.get(request)?.cancelTimer();
    this.#streams.delete(request);
  }

  /** Starts the next request. It may have waited for an earlier request that plays until `freeAtMs`. */
  #next(freeAtMs = this.#timers.nowMs): void {
    const [first] = this.#streams.values();
    if (this.#settings.overlap === 'parallel' || first === undefined || first.sentCount > 0) return;
    first.startedAtMs = Math.max(first.startedAtMs, freeAtMs);
    this.#flush(first);
  }

  #mustWait({ request }: Stream): boolean {
    const [first] = this.#streams.keys();
    return this.#settings.overlap === 'queue' && first !== request;
  }

  #flush(stream: Stream): void {
    stream.cancelTimer();
    const { request, queue } = stream;
    while (stream.pausedAtMs === undefined && this.#streams.has(request) && !this.#mustWait(stream)) {
      const isLast = request.phase === 'ended' && queue.length <= stream.batch;
      if (!isLast && queue.length < stream.batch) return;
      const waitMs = this.#dueInMs(stream);
      if (waitMs > 0) {
        stream.cancelTimer = this.#timers.after(Math.ceil(waitMs), () => this.#flush(stream));
        return;
      }
      const keyframes = queue.splice(0, stream.batch);
      stream.sentCount += keyframes.length;
      stream.batch = this.#settings.drawBatch(request.manner.keyframesPerMessage);
      if (isLast) this.#drop(request);
      if (!this.#sender.animation(request, keyframes, isLast)) return;
      if (!isLast) continue;
      this.#sender.finished(request);
      this.#next(this.#timers.nowMs + this.#dueInMs(stream));
    }
  }

  #dueInMs({ startedAtMs, sentCount, request }: Stream): number {
    return startedAtMs + (sentCount * KEYFRAME_MS) / request.manner.pace - this.#timers.nowMs;
  }
}

function playedMs(stream: Stream | undefined): number {
  return Math.round((stream?.sentCount ?? 0) * KEYFRAME_MS);
}
