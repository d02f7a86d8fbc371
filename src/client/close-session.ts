/** How a session is closed: by the application, with or without a drain, or by the end of the process. */
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../core/failure/local-problem.js';
import type { SessionEnd } from '../core/session/session-life.js';
import type { Clock } from '../ports/clock.js';
import { REAL_TIME } from '../adapters/node/real-timers.js';
import { addOwnDrain, ownDrainsOver, settlesWithin } from './close-within.js';
import type { CloseAtExit } from './open-sessions.js';
import type { CheckedClose } from './session-calls.js';
import type { SessionDriver } from './session-driver.js';
import type { Refuser } from './speech/request-error.js';
import type { Speech } from './speech/speech.js';
import { withDeadline } from './waiting/deadline.js';

export interface Closable extends Refuser {
  readonly driver: SessionDriver;
  readonly speech: Speech;
  readonly clock: Clock;
}

/** What is said next within this time belongs to the same conversation, real milliseconds. */
const CALM_MS = 1_000;

/** As `AvatarSession.close`, its options checked. Without `drain` and `atExit` the session begins to end before this returns. */
export async function closeSession(
  parts: Closable,
  options: CheckedClose,
  atExit?: CloseAtExit,
): Promise<void> {
  if (atExit !== undefined && atExit.leaveMs > 0) await leftToApplication(parts, atExit.leaveMs);
  if (options.drain && parts.driver.ending === undefined) {
    const drain = drained(parts, options);
    if (atExit === undefined) addOwnDrain(parts, drain);
    await drain;
  }
  if (atExit !== undefined) await ownDrainsOver(parts);
  await parts.driver.end(new ClosedByApplication(parts));
}

/** Resolves when the session is over, when what is being said has ended for a while, or when the time is up. */
async function leftToApplication({ driver, speech }: Closable, leaveMs: number): Promise<void> {
  const untilMs = REAL_TIME.nowMs() + leaveMs;
  if (speech.unfinished.size === 0) return;
  while (driver.ending === undefined) {
    const leftMs = untilMs - REAL_TIME.nowMs();
    if (leftMs <= 0) return;
    if (speech.unfinished.size > 0) {
      await settlesWithin(Promise.race([driver.done, speech.unfinished.whenEmpty()]), leftMs);
      continue;
    }
    await settlesWithin(driver.done, Math.min(CALM_MS, leftMs));
    if (speech.unfinished.size === 0) return;
  }
}

/** Resolves when nothing is being said any more, when the time is up, or when the session has ended. */
async function drained(parts: Closable, { timeoutMs, whenPaused }: CheckedClose): Promise<void> {
  const { driver, speech, clock } = parts;
  if (speech.pausing?.isOn === true && whenPaused === 'interrupt') speech.interruptAll();
  else speech.pausing?.resume();
  driver.drain(endedByApplication(parts, 'closed', undefined, 'draining'));
  const finished = (): Promise<void> => speech.whenSilent();
  // A rejection says that the time is up, or that the session has ended: both lead on to the end.
  await withDeadline(clock, timeoutMs, driver.signal, finished).catch(() => undefined);
}

/** The application closes the session. Where nothing is under way nobody asks for the error, and none is made. */
class ClosedByApplication implements SessionEnd {
  readonly reason = 'closed';
  readonly #refuser: Refuser;
  #error: AvatarSDKError | undefined;

  constructor(refuser: Refuser) {
    this.#refuser = refuser;
  }

  get error(): AvatarSDKError {
    return (this.#error ??= endedByApplication(this.#refuser, 'closed'));
  }
}

function endedByApplication(
  refuser: Refuser,
  reason: 'closed' | 'aborted',
  cause?: unknown,
  problem: LocalProblem = reason,
): AvatarSDKError {
  const message =
    reason === 'closed' ? 'the session was closed by the application' : 'the start was aborted by its signal';
  const error = refuser.refusal('connectionClosed', message, { cause, problem });
  return recordVerdict(error, { willRetry: false, reason });
}

/** The signal given to `start` was aborted. */
export function abortedStart(refuser: Refuser, signal: AbortSignal | undefined): AvatarSDKError {
  return endedByApplication(refuser, 'aborted', reasonOf(signal));
}

/** A signal that is not the runtime's may throw. */
function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason;
  } catch (error) {
    return error;
  }
}
