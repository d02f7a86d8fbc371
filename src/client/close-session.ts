/**
 * How the application pauses, resumes and closes a session, with or without a drain, also at the end of the process. Decides when a
 * pause, resume, close or restart is refused, and how long a close may take. Must not know connections.
 */
import { REAL_TIME } from '../adapters/node/runtime-sources.js';
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../core/failure/local-problem.js';
import { durationText } from '../core/policy/delay.js';
import { mayRestart } from '../core/session/session-life.js';
import type { SessionEnd, SessionState } from '../core/session/session-life.js';
import type { Clock } from '../ports/clock.js';
import type { EndSignal } from '../ports/end-signal.js';
import type { SessionErrors } from './events/session-errors.js';
import type { CheckedClose } from './session-calls.js';
import type { Playback } from './speech/playback.js';
import type { Speech } from './speech/speech.js';
import { withDeadline } from './waiting/deadline.js';
import { handledRejection } from './waiting/deferred.js';

/** For the end of the process: the close waits for every drain that the application itself has called. */
export interface CloseAtExit {
  /** How long a session with unfinished utterances may continue before it is closed, real milliseconds. */
  readonly leaveMs: number;
}

/** The members of the session that a close needs. */
export interface Closable {
  readonly context: { readonly clock: Clock };
  readonly errors: SessionErrors;
  readonly speech: Speech;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  readonly over: boolean;
  /** Resolves when the session is closed completely. */
  readonly done: Promise<void>;
  drain(error: AvatarSDKError): void;
  endWith(end: SessionEnd): Promise<void>;
}

/** The members of the session that pausing needs. */
export interface Pausable extends Pick<Closable, 'errors' | 'speech'> {
  readonly context: { readonly usesEgress: boolean };
  readonly playback: Playback;
  /** How the session ends or has ended; undefined before that. */
  readonly end: SessionEnd | undefined;
  readonly started: boolean;
  readonly drainError: AvatarSDKError | undefined;
}

/** An utterance that begins within this time after another one belongs to the same conversation, real milliseconds. */
const CALM_MS = 1_000;

/** Like `AvatarSession.close`, with checked options. Without `drain` and `atExit` the session begins to end before this returns. */
export async function closeSession(
  session: Closable,
  options: CheckedClose,
  atExit?: CloseAtExit,
): Promise<void> {
  if (atExit !== undefined && atExit.leaveMs > 0) await leftToApplication(session, atExit.leaveMs);
  if (options.drain && !session.over) {
    const drain = drained(session, options);
    if (atExit === undefined) addOwnDrain(session, drain);
    await drain;
  }
  if (atExit !== undefined) await ownDrainsOver(session);
  await session.endWith(new ClosedByApplication(session.errors));
}

/** Resolves when the session is over, when no utterance has been unfinished for a while, or after `leaveMs`. */
async function leftToApplication(session: Closable, leaveMs: number): Promise<void> {
  const { speech } = session;
  const untilMs = REAL_TIME.nowMs() + leaveMs;
  if (speech.unfinished.size === 0) return;
  while (!session.over) {
    const leftMs = untilMs - REAL_TIME.nowMs();
    if (leftMs <= 0) return;
    if (speech.unfinished.size > 0) {
      await settlesWithin(Promise.race([session.done, speech.unfinished.whenEmpty()]), leftMs);
      continue;
    }
    await settlesWithin(session.done, Math.min(CALM_MS, leftMs));
    if (speech.unfinished.size === 0) return;
  }
}

/** Resolves when no utterance is unfinished, after `timeoutMs`, or when the session has ended. */
async function drained(session: Closable, { timeoutMs, whenPaused }: CheckedClose): Promise<void> {
  const { speech, context, errors } = session;
  if (speech.pausing?.isOn === true && whenPaused === 'interrupt') speech.interruptAll();
  else speech.pausing?.resume();
  session.drain(endedByApplication(errors, 'closed', undefined, 'draining'));
  const finished = (): Promise<void> => speech.whenSilent();
  // A rejection means a time-out, or the end of the session: in both cases the session is closed next.
  await withDeadline(context.clock, timeoutMs, session.signal, finished).catch(() => undefined);
}

/** The end of a session that the application closes. Its error is made only if an operation is running that needs it. */
class ClosedByApplication implements SessionEnd {
  readonly reason = 'closed';
  readonly #errors: SessionErrors;
  #error: AvatarSDKError | undefined;

  constructor(errors: SessionErrors) {
    this.#errors = errors;
  }

  get error(): AvatarSDKError {
    return (this.#error ??= endedByApplication(this.#errors, 'closed'));
  }
}

function endedByApplication(
  errors: SessionErrors,
  reason: 'closed' | 'aborted',
  cause?: unknown,
  problem: LocalProblem = reason,
): AvatarSDKError {
  const message =
    reason === 'closed' ? 'the session was closed by the application' : 'the start was aborted by its signal';
  const error = errors.local('connectionClosed', message, { cause, problem });
  return recordVerdict(error, { willRetry: false, reason });
}

/** The signal given to `start` was aborted. */
export function abortedStart(errors: SessionErrors, signal: AbortSignal | undefined): AvatarSDKError {
  return endedByApplication(errors, 'aborted', reasonOf(signal));
}

/** The error of a call whose signal is aborted while another call waits for the same start, so that the session continues. */
export function abortedWait(errors: SessionErrors, signal: AbortSignal): AvatarSDKError {
  const message =
    'the wait for the connection was aborted by its signal; the session continues for other calls';
  const error = errors.local('connectionClosed', message, {
    cause: reasonOf(signal),
    problem: 'waitAborted',
  });
  return recordVerdict(error, { willRetry: true });
}

/** A signal that is not the runtime's may throw. */
function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason;
  } catch (error) {
    return error;
  }
}

/** The time to close a connection after a drain. */
const CLOSE_MS = 1_000;

export interface Closing {
  /** The session, as the key of its drains. */
  readonly session: object;
  readonly closed: Promise<void>;
  /** The longest time, but drains that the application itself has called are awaited. */
  readonly timeoutMs: number;
}

/**
 * Resolves when all sessions are closed, or after their time limits, with the sessions that are still open; a process warning reports
 * their number. The limits are real time. A `close` with `drain` that the application itself has called is not cut short.
 */
export async function closeWithin(closings: readonly Closing[]): Promise<readonly object[]> {
  const inTime = await Promise.all(closings.map(closedInTime));
  const hung = closings.filter((_closing, index) => inTime[index] === false);
  if (hung.length === 0) return [];
  const longestMs = Math.max(...hung.map(({ timeoutMs }) => timeoutMs));
  process.emitWarning(
    `${hung.length} of ${closings.length} avatar sessions did not close within ${durationText(longestMs)}, and are left open`,
    'AvatarKitCloseTimeoutWarning',
  );
  return hung.map(({ session }) => session);
}

async function closedInTime({ session, closed, timeoutMs }: Closing): Promise<boolean> {
  if (await settlesWithin(closed, timeoutMs)) return true;
  if (!hasOwnDrain(session)) return false;
  await ownDrainsOver(session);
  return settlesWithin(closed, CLOSE_MS);
}

/** Whether the promise settles within this real time. */
export function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = REAL_TIME.setTimeout(() => resolve(false), timeoutMs);
    const settled = (): void => {
      REAL_TIME.clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

const drains = new Map<object, Set<Promise<unknown>>>();

/** Counts a drain of a session until it has settled. */
export function addOwnDrain(session: object, drain: Promise<unknown>): void {
  const ofSession = drains.get(session) ?? new Set();
  drains.set(session, ofSession.add(drain));
  const over = (): void => {
    ofSession.delete(drain);
    if (ofSession.size === 0) drains.delete(session);
  };
  drain.then(over, over);
}

function hasOwnDrain(session: object): boolean {
  return drains.has(session);
}

/** Resolves when no drain of the session is running, including drains that begin meanwhile. */
export async function ownDrainsOver(session: object): Promise<void> {
  for (let running = drains.get(session); running !== undefined; running = drains.get(session)) {
    await Promise.allSettled(running);
  }
}

/** Resolves at once: the pause applies immediately. */
export function pauseSession(session: Pausable): Promise<void> {
  const { speech } = session;
  const refused =
    speech.pausing?.isOn === true
      ? refusedAtAnyTime(session)
      : (refusedAtAnyTime(session) ?? session.drainError ?? refusedByService(session));
  if (refused !== undefined) return handledRejection(refused);
  speech.pause();
  return Promise.resolve();
}

/** Resolves at once: the pause is over. A session that is not paused stays unchanged. */
export function resumeSession(session: Pausable): Promise<void> {
  const { speech } = session;
  const refused =
    refusedAtAnyTime(session) ?? (speech.pausing?.isOn === true ? undefined : refusedByService(session));
  if (refused !== undefined) return handledRejection(refused);
  speech.pausing?.resume();
  return Promise.resolve();
}

/** The members of the session that a restart needs. */
export interface Restartable extends Pick<Pausable, 'errors' | 'end' | 'started'> {
  readonly lifecycle: { readonly state: SessionState };
  /** Whether no connection has been confirmed since its start. */
  readonly isStarting: boolean;
  /** Whether `close` has ever been called. */
  readonly closeAsked: boolean;
}

/** Why a session can't be started again now; undefined if it is over and the application did not end it. */
export function restartRefusal(session: Restartable): AvatarSDKError | undefined {
  const { end, errors, started, isStarting, lifecycle, closeAsked } = session;
  if (closeAsked) return end?.reason === 'closed' ? end.error : endedByApplication(errors, 'closed');
  if (end !== undefined) return mayRestart(end) ? undefined : end.error;
  const goesOn = isStarting
    ? 'start() still waits for its first connection'
    : `it continues by itself (state ${lifecycle.state})`;
  const message = started
    ? `the session is not over: ${goesOn}`
    : 'the session has not been started: call start() first';
  const error = errors.local('invalidRequest', message, { problem: 'notOver' });
  return started ? recordVerdict(error, { willRetry: true }) : error;
}

function refusedAtAnyTime(session: Pausable): AvatarSDKError | undefined {
  const { end, started, errors } = session;
  if (end !== undefined) return end.error;
  return started ? undefined : errors.notStarted();
}

/** Without a connection the next one decides: if its service can't pause the room, no audio is sent to it. */
function refusedByService(session: Pausable): AvatarSDKError | undefined {
  const { context, playback } = session;
  if (!context.usesEgress || playback.canControl !== false) return undefined;
  const message = 'the service lacks the capability playback_control, which a pause in a room needs';
  const error = session.errors.local('invalidRequest', message, { problem: 'noPlaybackControl' });
  return recordVerdict(error, { willRetry: true });
}
