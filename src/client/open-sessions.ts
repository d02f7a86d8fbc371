/**
 * The sessions of this process that are open, so that a deploy can close them all: on demand, or when SIGTERM comes, for those
 * that asked for it. Also reports sessions that nobody holds any more while the service still bills them.
 */
import { DenseSet } from '../core/memory/dense-set.js';
import type { Placed } from '../core/memory/dense-set.js';

/** What is held of an open session; it must not keep the application's session object alive. */
export interface OpenSession {
  /** For this file: present while the session counts as open. */
  openEntry: OpenEntry | undefined;
  readonly closeOnExit: boolean;
  readonly connectionId: string | undefined;
  close(): Promise<void>;
}

const EXIT_SIGNAL = 'SIGTERM';

/** Who holds this holds its session. It leads nowhere, so that nothing is kept with it. */
export class Held {
  readonly as = 'an open avatar session';
}

/**
 * What the engine keeps for an open session. It keeps it until it looks through all of its memory, also when it was told to forget it, and
 * all that hangs on it until then: so nothing may hang on it once the session is over.
 */
class OpenEntry implements Placed {
  session: OpenSession | undefined;
  place = -1;
  constructor(session: OpenSession) {
    this.session = session;
  }
}

const open = new DenseSet<OpenEntry>();
/** How many of them SIGTERM shall close. */
let guarded = 0;
/** Whether SIGTERM is watched; `exiting`: it has come, and the process ends when the sessions have. */
let guard: 'off' | 'on' | 'exiting' = 'off';

/**
 * Counts a session as open until it is removed. Gives what the application's object has to hold: the session is reported when it is
 * garbage collected meanwhile. Handlers of the session that refer to that object keep it alive, and so keep it from being reported.
 */
export function addOpenSession(session: OpenSession): Held {
  const held = new Held();
  const entry = new OpenEntry(session);
  session.openEntry = entry;
  open.add(entry);
  if (session.closeOnExit) guarded += 1;
  forgotten.register(held, entry, entry);
  regulateGuard();
  return held;
}

/** The session is over; nothing happens where it has never been added. */
export function removeOpenSession(session: OpenSession): void {
  const entry = session.openEntry;
  if (entry === undefined) return;
  session.openEntry = undefined;
  entry.session = undefined;
  open.delete(entry);
  if (session.closeOnExit) guarded -= 1;
  forgotten.unregister(entry);
  regulateGuard();
}

/** Closes every open session of this process; resolves when nothing of them is left. */
export async function closeOpenSessions(): Promise<void> {
  await Promise.all(openSessions().map((session) => session.close()));
}

function openSessions(): readonly OpenSession[] {
  return open.members().flatMap(({ session }) => session ?? []);
}

/** The process's signal is watched only while a session wants it, so that others are not kept from deciding. */
function regulateGuard(): void {
  if (guard === 'exiting') return;
  const wanted = guarded > 0 ? 'on' : 'off';
  if (wanted === guard) return;
  guard = wanted;
  // First of all listeners: a later one that listens once would have vanished from the count below.
  if (wanted === 'on') process.prependListener(EXIT_SIGNAL, onExitSignal);
  else process.off(EXIT_SIGNAL, onExitSignal);
}

function onExitSignal(): void {
  process.off(EXIT_SIGNAL, onExitSignal);
  // The default is to end the process. Whoever else listens has decided otherwise.
  const endsHere = process.listenerCount(EXIT_SIGNAL) === 0;
  guard = 'exiting';
  const closing = openSessions().flatMap((session) => (session.closeOnExit ? session.close() : []));
  void Promise.all(closing).finally(() => {
    if (endsHere) {
      process.kill(process.pid, EXIT_SIGNAL);
      return;
    }
    guard = 'off';
    regulateGuard();
  });
}

const forgotten = new FinalizationRegistry<OpenEntry>(({ session }) => {
  if (session === undefined) return;
  const { connectionId } = session;
  process.emitWarning(
    `an avatar session was garbage collected while open${connectionId === undefined ? '' : ` (connection ${connectionId})`}: ` +
      'it goes on, and is billed while it is connected; hold it, and call close()',
    'AvatarKitForgottenSessionWarning',
  );
});
