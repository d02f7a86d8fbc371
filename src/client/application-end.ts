/** The ends that the application itself gives a session, as errors for whatever is still open then. */
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../core/failure/local-problem.js';
import type { Ending } from './session-driver.js';
import type { Refuser } from './speech/request-error.js';

/** The application closes the session. Where nothing is under way nobody asks for the error, and none is made. */
export class ClosedByApplication implements Ending {
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

export function endedByApplication(
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
