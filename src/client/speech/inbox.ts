/**
 * Handles the service's messages about requests on a confirmed connection: finds the utterance of each, gives the frames to the
 * application once and in order, and passes on playback states. Must not know what follows from an error.
 */
import { PlaybackStateValue } from '../../ports/message.js';
import type { ServerError, ServerPlaybackState, ServerResponseAnimation } from '../../ports/message.js';
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { ReportedFrame } from '../connection/server-message.js';
import { Frame } from '../events/session-events.js';
import type { Deliverable, Notifier } from '../events/notifier.js';
import { SPEECH_TAPS } from '../events/speech-tap.js';
import type { PausedFrames } from './pausing.js';
import type { SpeechHost } from './speech-host.js';
import type { Speech } from './speech.js';
import { publishFirstFrame } from './utterance-telemetry.js';
import type { ActiveUtterance } from './active-utterance.js';

/** How many requests of the service itself have their keyframes counted at the same time, at most. */
const MAX_FOREIGN_REQUESTS = 16;
/** How long after the end of a request its frames may still come, milliseconds: network buffers on a slow line. */
const LATE_MS = 60_000;

export interface InboxHost extends SpeechHost {
  readonly speech: Speech;
  /** Whether the application has ended the session. */
  readonly endedByApplication: boolean;
}

export class Inbox {
  readonly #host: InboxHost;
  /** How many keyframes have come for each request that the service itself began, by request id. */
  #foreign: Map<string, number> | undefined;

  /** When the last frame of an utterance came, by the clock; in a room no frame comes here. */
  lastFrameAtMs = -Infinity;

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /**
   * Undefined if the message is of use to an open utterance; otherwise the kind under which it counts against the limit of useless
   * messages.
   */
  animation(message: ServerResponseAnimation, raw: Uint8Array): ReportedFrame | undefined {
    const { reqId, keyframeCount } = message;
    const utterance = this.#host.speech.unfinished.find(reqId);
    if (utterance !== undefined) {
      this.#ours(utterance, message, raw);
      return keyframeCount === 0 && !message.end ? 'empty' : undefined;
    }
    // A late frame of an earlier request of this session: finished, interrupted or replaced by a re-send.
    if (this.#host.speech.requestIds.made(reqId)) return this.#late();
    const goesOn = keyframeCount > 0 && this.#foreign?.has(reqId) === true;
    this.#ofService(message, raw);
    return goesOn ? 'unrequested' : 'ignored';
  }

  #late(): ReportedFrame {
    const { speech } = this.#host;
    return this.#host.context.clock.nowMs() - speech.retiredAtMs <= LATE_MS ? 'late' : 'ignored';
  }

  /** Returns the same as `animation`. */
  playback(given: ServerPlaybackState): ReportedFrame | undefined {
    const { speech, playback } = this.#host;
    const reason = given.reason === '' ? '' : this.#host.errors.shown(given.reason);
    const message = reason === given.reason ? given : { ...given, reason };
    const utterance = speech.unfinished.find(message.reqId);
    if (utterance === undefined) {
      speech.playbackAfterEnd(message);
      return this.#host.speech.requestIds.made(message.reqId) ? this.#late() : 'ignored';
    }
    const { state } = message;
    const onAir = state === PlaybackStateValue.playing || state === PlaybackStateValue.paused;
    utterance.heard(this.#host.context.clock.nowMs(), onAir);
    const isPlaying = state === PlaybackStateValue.playing;
    const isLate = onAir && speech.pausing?.stated(utterance, isPlaying ? 'playing' : 'paused') === false;
    playback.stated(utterance, message, isLate);
    // Interrupted on request, preempted, or timed out in a pause: the service plays no more of it.
    if (state === PlaybackStateValue.interrupted) speech.settle(utterance, 'interrupted', reason);
    return 'empty';
  }

  /** The open utterance that an error names; 'late' when it names one that is over. */
  concerned(message: ServerError): ActiveUtterance | 'late' | 'connection' | 'foreign' {
    if (message.reqId === '') return 'connection';
    const utterance = this.#host.speech.unfinished.find(message.reqId);
    if (utterance !== undefined) return utterance.answered ? 'late' : utterance;
    return this.#host.speech.requestIds.made(message.reqId) ? 'late' : 'foreign';
  }

  /** Handles animation of a request that the service itself began. */
  #ofService(message: ServerResponseAnimation, raw: Uint8Array): void {
    const { reqId, end } = message;
    const index = this.#countForeign(message);
    const { pausing } = this.#host.speech;
    if (pausing?.holdsFrames !== true) {
      this.#deliver(reqId, end, index, raw, undefined, new FrameDelivery(this.#host, undefined));
      return;
    }
    // Such a request can't be sent again: frames for which the pause has no room are lost.
    if (pausing.frames.isFull) return;
    pausing.frames.add(undefined, raw, (kept) => {
      if (pausing.holdsNow) return false;
      this.#deliver(reqId, end, index, kept, undefined, new FrameDelivery(this.#host, undefined));
      return true;
    });
  }

  #ours(utterance: ActiveUtterance, message: ServerResponseAnimation, raw: Uint8Array): void {
    const { speech, context } = this.#host;
    const { ledger } = utterance;
    speech.outbox?.animated(message.keyframeCount);
    // Its last frame has come, and waits for the end of a pause.
    if (utterance.answered) return;
    // If frames come over this connection, a frame without keyframes is no sign that the request is still active.
    if (message.keyframeCount > 0 || message.end || context.usesEgress) {
      const nowMs = context.clock.nowMs();
      if (!context.usesEgress) this.lastFrameAtMs = nowMs;
      utterance.heard(nowMs, context.usesEgress && !message.end);
    }
    const { pausing } = speech;
    if (utterance.waitsForTurn ? speech.order.isFull : pausing?.frames.isFull === true) {
      speech.suspend(utterance);
      return;
    }
    const receipt = ledger.receive(message.keyframeCount, message.end);
    if (receipt.kind === 'repeat') return;
    if (ledger.keyframesDelivered >= ledger.letGoAtKeyframe) speech.letGoOfAudio(utterance);
    const { skip, index, last, resumed } = receipt;
    const trimmed = skip === 0 ? raw : AVATAR_CODEC.trimLeadingKeyframes(raw, skip);
    // The application sees one request, also in the bytes: one id across re-sends, and one end.
    const clearEnd = message.end && !last;
    const bytes =
      clearEnd || ledger.wireReqId !== ledger.reqId
        ? AVATAR_CODEC.patchAnimation(trimmed, { reqId: ledger.reqId, clearEnd })
        : trimmed;
    if (last) utterance.answered = true;
    const keyframes = ledger.keyframesDelivered;
    const { waitsForTurn } = utterance;
    const mayGo = !waitsForTurn && pausing?.holdsFrames !== true;
    if (mayGo && this.#handOver(utterance, last, index, keyframes, resumed, bytes)) return;
    const handOver = this.#later(utterance, last, index, keyframes, resumed);
    if (waitsForTurn) speech.order.keep(utterance, bytes, handOver);
    else speech.pausing?.frames.add(utterance, bytes, handOver);
  }

  /** A separate function: a closure made in a frame's path costs each frame 100 bytes of garbage even if it is not called. */
  #later(
    utterance: ActiveUtterance,
    last: boolean,
    index: number,
    keyframes: number,
    resumed: boolean,
  ): (kept: Uint8Array) => boolean {
    return (kept) => this.#handOver(utterance, last, index, keyframes, resumed, kept);
  }

  /**
   * @param keyframes keyframes of the utterance up to this message
   * @returns false when the message has to wait, because the session was paused just now
   */
  #handOver(
    utterance: ActiveUtterance,
    last: boolean,
    index: number,
    keyframes: number,
    resumed: boolean,
    bytes: Uint8Array,
  ): boolean {
    const { speech, playback } = this.#host;
    playback.signalled(utterance);
    // A handler may just have interrupted the utterance, which is settled then, or paused the session.
    if (utterance.stage.kind !== 'speaking') return true;
    if (speech.pausing?.holdsNow === true) return false;
    utterance.keyframesReleased = keyframes;
    const delivery = utterance.delivery ?? this.#firstDelivery(utterance);
    this.#deliver(utterance.ledger.reqId, last, index, bytes, utterance, delivery, resumed);
    if (last) this.#after(delivery, () => this.#complete(utterance));
    return true;
  }

  #firstDelivery(utterance: ActiveUtterance): Deliverable {
    publishFirstFrame(utterance, this.#host.lifecycle.telemetry);
    return (utterance.delivery = new FrameDelivery(this.#host, utterance));
  }

  /** Completes the utterance, unless a handler of its last frame has interrupted it. */
  #complete(utterance: ActiveUtterance): void {
    if (utterance.stage.kind === 'speaking') this.#host.speech.settle(utterance, 'complete');
  }

  #deliver(
    reqId: string,
    end: boolean,
    index: number,
    bytes: Uint8Array,
    utterance: ActiveUtterance | undefined,
    delivery: Deliverable,
    resumed = false,
  ): void {
    if (SPEECH_TAPS.isOn) SPEECH_TAPS.of(this.#host)?.frame(reqId, index, bytes, resumed, end);
    const { notifier } = this.#host.lifecycle;
    const { transportFrames } = this.#host.context.options;
    const own = utterance?.listeners;
    const hasListeners = notifier.hasListeners('frame') || own?.hasListeners('frame') === true;
    if (utterance !== undefined && (hasListeners || transportFrames !== undefined)) {
      utterance.keyframesEmitted += utterance.keyframesReleased - index;
      utterance.emittedTo = utterance.keyframesReleased;
    }
    if (utterance?.frames !== undefined || hasListeners) {
      AVATAR_CODEC.keepMemory(bytes);
      const frame = new Frame(reqId, end, index, bytes, resumed);
      utterance?.frames?.push(frame, hasListeners || transportFrames !== undefined);
      notifier.emit('frame', frame, delivery, undefined, own);
    }
    if (transportFrames === undefined) return;
    AVATAR_CODEC.keepMemory(bytes);
    if (!notifier.isBusy && !delivery.mustWait) {
      if (!delivery.revoked) notifier.call('transportFrames', transportFrames, bytes, end);
      return;
    }
    this.#after(delivery, () => notifier.call('transportFrames', transportFrames, bytes, end));
  }

  /** Calls `call` after the events that were emitted before, and after a pause that one of their handlers may have begun. */
  #after(delivery: Deliverable, call: () => void): void {
    const inOrder = (): void => {
      if (delivery.revoked) return;
      if (delivery.mustWait) delivery.wait(call);
      else call();
    };
    const { notifier } = this.#host.lifecycle;
    if (notifier.isBusy) notifier.inTurn(inOrder);
    else inOrder();
  }

  #countForeign({ reqId, keyframeCount, end }: ServerResponseAnimation): number {
    this.#foreign ??= new Map();
    const index = this.#foreign.get(reqId) ?? 0;
    this.#foreign.delete(reqId);
    if (!end) this.#foreign.set(reqId, index + keyframeCount);
    for (const oldest of this.#foreign.keys()) {
      if (this.#foreign.size <= MAX_FOREIGN_REQUESTS) break;
      this.#foreign.delete(oldest);
    }
    return index;
  }
}

/** The parts of a session that the delivery of frames needs. */
interface DeliveryHost {
  /** Whether the application has ended the session. */
  readonly endedByApplication: boolean;
  readonly lifecycle: { readonly notifier: Pick<Notifier, 'inTurn'> };
  readonly speech: {
    /** How often everything was interrupted. */
    readonly interruptions: number;
    readonly pausing: { readonly holdsNow: boolean; readonly frames: PausedFrames } | undefined;
  };
}

/**
 * Decides whether the handlers of a frame may be called. Handlers are called one after the other, and each may interrupt the utterance,
 * close the session or pause it: then the later ones get the frame after the pause, or not at all.
 */
class FrameDelivery implements Deliverable {
  readonly #host: DeliveryHost;
  /** Undefined for a request that the service itself began. */
  readonly #utterance: ActiveUtterance | undefined;
  readonly #interruptions: number;

  constructor(host: DeliveryHost, utterance: ActiveUtterance | undefined) {
    this.#host = host;
    this.#utterance = utterance;
    this.#interruptions = host.speech.interruptions;
  }

  get revoked(): boolean {
    const { endedByApplication, speech } = this.#host;
    return endedByApplication || (this.#utterance?.revoked ?? speech.interruptions !== this.#interruptions);
  }

  get mustWait(): boolean {
    return this.#host.speech.pausing?.holdsNow === true;
  }

  /** Calls `call` after the pause, in order; never if the delivery has been revoked by then. */
  wait(call: () => void): void {
    const { lifecycle, speech } = this.#host;
    speech.pausing?.frames.addCall(this.#utterance, () => {
      if (this.mustWait) return false;
      if (!this.revoked) lifecycle.notifier.inTurn(call);
      return true;
    });
  }
}
