/**
 * The life of a session: one union, and every question about it is derived from that.
 *
 * `idle → starting → open → ending → over`. `draining` lies between one of the first three and `ending`, and no stage is ever left
 * for an earlier one. The connection loop runs from `starting` on, and `over` comes after its end. Knows no socket and no timer: what
 * `ending` has to stop is stopped by the session, once, and noted here.
 */
import type { AvatarSDKError } from '../failure/avatar-sdk-error.js';

/** How a session ends, and the error with which everything that is still open fails. The error may be made when it is first read. */
export interface SessionEnd {
  readonly reason: 'closed' | 'aborted' | 'ended' | 'failed';
  readonly error: AvatarSDKError;
  /** Whether the time of a start's signal is up: a failure of the start, though the signal is the application's. */
  readonly timedOut?: boolean;
}

/** How far a session has come: `start` not called, called, or a first connection confirmed. */
type Progress = 'idle' | 'starting' | 'open';

export type Life =
  | { readonly stage: Progress }
  | { readonly stage: 'draining'; readonly progress: Progress; readonly error: AvatarSDKError }
  | {
      readonly stage: 'ending';
      readonly progress: Progress;
      readonly end: SessionEnd;
      /** Whether what goes on in the session has been stopped. */
      readonly stopped: boolean;
    }
  | { readonly stage: 'over'; readonly end: SessionEnd };

// Without data of their own: all sessions share them.
const STARTING: Life = Object.freeze({ stage: 'starting' });
const OPEN: Life = Object.freeze({ stage: 'open' });
export const IDLE: Life = Object.freeze({ stage: 'idle' });

/** `start` is called. Only a session that has not begun begins. */
export function started(life: Life): Life {
  if (life.stage === 'idle') return STARTING;
  return life.stage === 'draining' && life.progress === 'idle' ? { ...life, progress: 'starting' } : life;
}

/** A connection is confirmed; the first one counts. */
export function confirmed(life: Life): Life {
  if (life.stage === 'starting') return OPEN;
  return life.stage === 'draining' && life.progress === 'starting' ? { ...life, progress: 'open' } : life;
}

/** No new utterance is accepted; the session ends when the open ones finish. The first such error stays. */
export function draining(life: Life, error: AvatarSDKError): Life {
  return isEnded(life) || life.stage === 'draining'
    ? life
    : { stage: 'draining', progress: life.stage, error };
}

/** The session does not go on. The first end stays, whatever follows. */
export function ending(life: Life, end: SessionEnd): Life {
  return isEnded(life) ? life : { stage: 'ending', progress: progressOf(life), end, stopped: false };
}

/** What went on in the session has been stopped. */
export function stopped(life: Life): Life {
  return life.stage === 'ending' ? { ...life, stopped: true } : life;
}

/** Nothing of the session is left. */
export function over(life: Life): Life {
  return life.stage === 'ending' ? { stage: 'over', end: life.end } : life;
}

/** How the session ends or has ended; undefined while it goes on. */
export function endOf(life: Life): SessionEnd | undefined {
  return isEnded(life) ? life.end : undefined;
}

/** Whether the session ends or has ended. */
export function isEnded(life: Life): life is Extract<Life, { readonly end: SessionEnd }> {
  return life.stage === 'ending' || life.stage === 'over';
}

/** Whether it is a failure, and not what the application or the service wished. */
export function isFailure({ reason, timedOut }: SessionEnd): boolean {
  return reason === 'failed' || timedOut === true;
}

/** Why no new utterance is accepted, though those that have begun go on; undefined while new ones are accepted, and at the end. */
export function drainErrorOf(life: Life): AvatarSDKError | undefined {
  return life.stage === 'draining' ? life.error : undefined;
}

/** Whether the connection loop has begun, and has not come to its end. */
export function isStarted(life: Life): boolean {
  return life.stage !== 'over' && progressOf(life) !== 'idle';
}

/** Whether a connection has been confirmed, and the session goes on. */
export function wasConfirmed(life: Life): boolean {
  return !isEnded(life) && progressOf(life) === 'open';
}

function progressOf(life: Exclude<Life, { readonly stage: 'over' }>): Progress {
  return life.stage === 'draining' || life.stage === 'ending' ? life.progress : life.stage;
}
