/**
 * Puts animation and playback messages on the wire and lets the modifying faults distort them: an end left out or said
 * twice, a message repeated, a position that goes back. Decides nothing about when something is sent.
 */
import { MessageType, type Keyframe } from '../wire/message.js';
import type { ConnectionLink } from './connection-link.js';
import { silentKeyframes } from './pcm-animation.js';
import type { DeliveryLink, EmulatedRequest } from './request-delivery.js';
import type { RuntimeFaults } from './runtime-faults.js';

const DEFAULT_BACKWARDS_MS = 500;
const DEFAULT_LATE_KEYFRAMES = 5;

export class AnimationSender implements DeliveryLink {
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

  animation(request: EmulatedRequest, keyframes: readonly Keyframe[], end: boolean): boolean {
    const { reqId, index } = request;
    const dropsEnd = end && this.#faults.take('dropEnd', index) !== undefined;
    if (dropsEnd && keyframes.length === 0) return true;
    const mayEndEarly = request.phase === 'open' && keyframes.length > 0;
    const endsEarly = mayEndEarly && this.endsEarly(request);
    if (!this.#send(reqId, keyframes, endsEarly || (end && !dropsEnd))) return false;
    if (end && !dropsEnd && this.#faults.take('duplicateEnd', index) !== undefined)
      this.#send(reqId, [], true);
    if (keyframes.length > 0) {
      if (this.#faults.take('duplicateFrame', index) !== undefined)
        this.#send(reqId, keyframes, end && !dropsEnd);
      this.generated(request, keyframes.length);
    }
    return this.#link.socket.isOpen;
  }

  endsEarly({ index }: EmulatedRequest): boolean {
    return this.#faults.take('earlyEnd', index) !== undefined;
  }

  segmentEnded({ reqId }: EmulatedRequest): void {
    this.#send(reqId, [], true);
  }

  generated(request: EmulatedRequest, count: number): void {
    this.#keyframes.set(request, (this.#keyframes.get(request) ?? 0) + count);
    this.#faults.keyframesSent(request.index, count);
  }

  playback({ reqId, index }: EmulatedRequest, state: number, playedMs: number, reason: string): void {
    if (!this.#capabilities.includes('playback_state')) return;
    const fault = this.#faults.take('playedMsBackwards', index);
    const saidMs =
      fault === undefined
        ? playedMs
        : Math.max(0, Math.min(playedMs, this.#lastPlayedMs) - (fault.byMs ?? DEFAULT_BACKWARDS_MS));
    this.#lastPlayedMs = saidMs;
    const { connectionId } = this.#link;
    const content = { connectionId, reqId, state, playedMs: saidMs, reason };
    if (!this.#link.send({ type: MessageType.serverPlaybackState, ...content })) return;
    this.#link.log({ event: 'playback', reqId, state, playedMs: saidMs, reason });
  }

  finished(request: EmulatedRequest): void {
    request.phase = 'over';
    this.#link.log({ event: 'ended', reqId: request.reqId, keyframes: this.#keyframes.get(request) ?? 0 });
  }

  /** Called after every interrupt; does something only if a fault asks for it. */
  afterInterrupt({ reqId, index }: EmulatedRequest): void {
    const fault = this.#faults.take('framesAfterInterrupt', index);
    if (fault === undefined) return;
    const count = fault.keyframes ?? DEFAULT_LATE_KEYFRAMES;
    const late = silentKeyframes(count);
    late.forEach((keyframe, position) => {
      const afterMs = ((fault.overMs ?? 0) * position) / count;
      const send = (): unknown => this.#send(reqId, [keyframe], false);
      if (afterMs === 0) send();
      else this.#link.timers.after(afterMs, send);
    });
  }

  #send(reqId: string, keyframes: readonly Keyframe[], end: boolean): boolean {
    const { connectionId, avatarId } = this.#link;
    const type = MessageType.serverResponseAnimation;
    if (!this.#link.send({ type, connectionId, reqId, end, avatarId, keyframes })) return false;
    this.#link.log({ event: 'animation', reqId, keyframes: keyframes.length, end });
    return true;
  }
}
