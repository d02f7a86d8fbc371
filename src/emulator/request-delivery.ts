/** How the answer to a request reaches the listener: as frames on the socket, or into a room. */
import type { Keyframe } from '../wire/message.js';

/** `reason` as in ServerPlaybackState. */
export type InterruptReason = 'explicit' | 'preempted' | 'pause_timeout';

export interface RequestDelivery {
  /** Audio of the nth request of the connection. Throws AudioFormatError. */
  audio(request: EmulatedRequest, audio: Uint8Array, end: boolean): void;
  /** What was not delivered yet never is. */
  interrupt(request: EmulatedRequest, reason: InterruptReason): void;
  pause(request: EmulatedRequest): void;
  resume(request: EmulatedRequest): void;
  dispose(): void;
}

export interface EmulatedRequest {
  readonly reqId: string;
  /** Counts the requests of the connection from 1. */
  readonly index: number;
  /** `open`: more audio may come; `ended`: all audio is here; `over`: answered or interrupted. */
  phase: 'open' | 'ended' | 'over';
}

/** What a delivery asks of its session. */
export interface DeliveryLink {
  /** Sends an animation message, possibly distorted by faults; false when nothing can be sent any more. */
  animation(request: EmulatedRequest, keyframes: readonly Keyframe[], end: boolean): boolean;
  /** Whether a segment is to end although more audio may come: asked when all audio so far has been played. */
  endsEarly(request: EmulatedRequest): boolean;
  /** Says the end of a segment whose keyframes do not travel on this socket. */
  segmentEnded(request: EmulatedRequest): void;
  /** Keyframes that exist but do not travel on this socket; they only count towards faults. */
  generated(request: EmulatedRequest, count: number): void;
  /** Sends a PlaybackState if the session has the capability. */
  playback(request: EmulatedRequest, state: number, playedMs: number, reason: string): void;
  /** The request needs nothing more. */
  finished(request: EmulatedRequest): void;
}
