/** Pausing and resuming a session: where it can't be done, with a clear refusal. What it means is the business of speech. */
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { SessionParts } from './session-parts.js';
import { handledRejection } from './waiting/deferred.js';

/** Resolves when the pause holds: at once. */
export function pauseSession(parts: SessionParts): Promise<void> {
  const { speech, driver } = parts;
  const refused =
    speech.pausing?.isOn === true
      ? refusedAtAnyTime(parts)
      : (refusedAtAnyTime(parts) ?? driver.draining ?? refusedByService(parts));
  if (refused !== undefined) return handledRejection(refused);
  speech.pause();
  return Promise.resolve();
}

/** Resolves when it is over: at once. A session that is not paused goes on as it does. */
export function resumeSession(parts: SessionParts): Promise<void> {
  const { speech } = parts;
  const refused =
    refusedAtAnyTime(parts) ?? (speech.pausing?.isOn === true ? undefined : refusedByService(parts));
  if (refused !== undefined) return handledRejection(refused);
  speech.pausing?.resume();
  return Promise.resolve();
}

function refusedAtAnyTime(parts: SessionParts): AvatarSDKError | undefined {
  const { ending, started } = parts.driver;
  if (ending !== undefined || started) return ending?.error;
  const message = 'the session has not been started: call start() first';
  return parts.refusal('invalidRequest', message, { problem: 'notStarted' });
}

/** While there is no connection the next one decides: where it can't pause the room, nothing is sent that it could play. */
function refusedByService(parts: SessionParts): AvatarSDKError | undefined {
  const { usesEgress, playback } = parts;
  if (!usesEgress || playback.canControl !== false) return undefined;
  const message = 'the service lacks the capability playback_control, which a pause in a room needs';
  const error = parts.refusal('invalidRequest', message, { problem: 'noPlaybackControl' });
  return recordVerdict(error, { willRetry: true });
}
