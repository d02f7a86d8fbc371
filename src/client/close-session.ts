/** How a session is closed: by the application, with or without a drain, or by the end of the process. */
import type { Clock } from '../ports/clock.js';
import { ClosedByApplication, endedByApplication } from './application-end.js';
import { addOwnDrain, ownDrainsOver } from './own-drains.js';
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

/**
 * As `AvatarSession.close`, its options checked. Without `drain` the session begins to end before this returns.
 *
 * @param atExit for the end of the process: not before every drain that the application itself has called is over
 */
export async function closeSession(parts: Closable, options: CheckedClose, atExit: boolean): Promise<void> {
  if (options.drain && parts.driver.ending === undefined) {
    const drain = drained(parts, options);
    if (!atExit) addOwnDrain(parts, drain);
    await drain;
  }
  if (atExit) await ownDrainsOver(parts);
  await parts.driver.end(new ClosedByApplication(parts));
}

/** Resolves when nothing is being said any more, when the time is up, or when the session has ended. */
async function drained(parts: Closable, { timeoutMs, whenPaused }: CheckedClose): Promise<void> {
  const { driver, speech, clock } = parts;
  if (speech.pausing?.isOn === true && whenPaused === 'interrupt') speech.interruptAll();
  else speech.pausing?.resume();
  driver.drain(endedByApplication(parts, 'closed', undefined, 'draining'));
  const finished = (): Promise<void> => speech.unfinished.whenEmpty();
  // A rejection says that the time is up, or that the session has ended: both lead on to the end.
  await withDeadline(clock, timeoutMs, driver.signal, finished).catch(() => undefined);
}
