/**
 * The pause of a session, as a value: the application asks for it once, and it applies to everything that is being said or begins,
 * on every connection, until it is ended. Says what a connection and an utterance owe to it; knows no clock and no message.
 */

/** Undefined while the session is not paused. */
export type SessionPause = { readonly sinceMs: number } | undefined;

/** A second pause changes nothing. */
export function pauseAt(pause: SessionPause, nowMs: number): SessionPause {
  return pause ?? { sinceMs: nowMs };
}

/** How a pause takes effect on a connection. */
export interface PauseEffect {
  /** Frames go to the application, and wait in this process. */
  readonly holdsFrames: boolean;
  /** The service is asked to pause, request by request. */
  readonly asksService: boolean;
  /** The service plays what it gets, and can't pause: nothing is sent. */
  readonly withholdsAudio: boolean;
}

export function effectOfPause(usesEgress: boolean, serviceCanPause: boolean): PauseEffect {
  return {
    holdsFrames: !usesEgress,
    asksService: serviceCanPause,
    withholdsAudio: usesEgress && !serviceCanPause,
  };
}

/** The control message that is due for one of the service's requests. */
export interface PausedRequest {
  /** Whether the service knows of the request: some of its audio went out. */
  readonly begun: boolean;
  /** Whether the service pauses it, as far as is known here. */
  readonly paused: boolean;
}

/** The message that is owed to a request, by a connection that takes such messages. */
export function controlOwed(
  pause: SessionPause,
  { begun, paused }: PausedRequest,
): 'pause' | 'resume' | undefined {
  if (!begun || paused === (pause !== undefined)) return undefined;
  return pause === undefined ? 'resume' : 'pause';
}

/** So many times `silenceTimeoutMs` a paused utterance is kept; then it is interrupted, as the service does with its own limit. */
const PAUSE_LIMIT_FACTOR = 4;

/** How long an utterance may be paused, milliseconds; counted from the pause, or from its begin where that is later. */
export function pauseLimitMs(silenceTimeoutMs: number): number {
  return PAUSE_LIMIT_FACTOR * silenceTimeoutMs;
}
