/** Pausing and resuming a session: where it can't be done, with a clear refusal. What it means is the business of speech. */
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { Session } from './session.js';
import { handledRejection } from './waiting/deferred.js';

/** Resolves when the pause holds: at once. */
export function pauseSession(session: Session): Promise<void> {
  const { speech } = session;
  const refused =
    speech.pausing?.isOn === true
      ? refusedAtAnyTime(session)
      : (refusedAtAnyTime(session) ?? session.drainError ?? refusedByService(session));
  if (refused !== undefined) return handledRejection(refused);
  speech.pause();
  return Promise.resolve();
}

/** Resolves when it is over: at once. A session that is not paused goes on as it does. */
export function resumeSession(session: Session): Promise<void> {
  const { speech } = session;
  const refused =
    refusedAtAnyTime(session) ?? (speech.pausing?.isOn === true ? undefined : refusedByService(session));
  if (refused !== undefined) return handledRejection(refused);
  speech.pausing?.resume();
  return Promise.resolve();
}

function refusedAtAnyTime(session: Session): AvatarSDKError | undefined {
  const { end, started, errors } = session;
  if (end !== undefined) return end.error;
  return started ? undefined : errors.notStarted();
}

/** While there is no connection the next one decides: where it can't pause the room, nothing is sent that it could play. */
function refusedByService(session: Session): AvatarSDKError | undefined {
  const { context, playback } = session;
  if (!context.usesEgress || playback.canControl !== false) return undefined;
  const message = 'the service lacks the capability playback_control, which a pause in a room needs';
  const error = session.errors.local('invalidRequest', message, { problem: 'noPlaybackControl' });
  return recordVerdict(error, { willRetry: true });
}
