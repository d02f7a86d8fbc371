/**
 * The sessions of this process that are open, so that a deploy can close them all: on demand, or when the process ends, for those
 * that asked for it. Also reports sessions that nobody holds any more while the service still bills them.
 */
import { SwapRemoveSet } from '../core/memory/collections.js';
import type { Indexed } from '../core/memory/collections.js';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import { closeWithin } from './close-within.js';
import { ExitGuard } from './exit-guard.js';
import type { ExitUrgency } from './exit-guard.js';
import type { CloseOnExit } from './options/nested-options.js';
import { CLOSE_AT_ONCE } from './session-calls.js';
import type { CheckedClose } from './session-calls.js';

/** For the end of the process: not before every drain that the application itself has called is over. */
export interface CloseAtExit {
  /** How long a session in which something is being said is left to the application, real milliseconds. */
  readonly leaveMs: number;
}

/** What is held of an open session; it must not keep the application's session object alive. */
export interface OpenSession {
  /** For this file: present while the session counts as open. */
  openEntry: OpenEntry | undefined;
  /** Undefined: the end of the process does not close it. */
  readonly closeOnExit: CloseOnExit | undefined;
  readonly connectionId: string | undefined;
  close(options: CheckedClose, atExit?: CloseAtExit): Promise<void>;
}

/** What `closeAll` gives the connections to be closed in, after a drain has taken all of its time. */
const CLOSE_MS = 1_000;
/** What the end of the process takes from a drain for that. */
const MAX_RESERVE_MS = 500;

/** The application's session object refers to it, and it refers to nothing: its collection reports that the session was dropped. */
export class LeakSentinel {
  readonly as = 'an open avatar session';
}

/**
 * What the engine keeps for an open session. It keeps it until it looks through all of its memory, also when it was told to forget it, and
 * all that hangs on it until then: so nothing may hang on it once the session is over.
 */
class OpenEntry implements Indexed {
  session: OpenSession | undefined;
  index = -1;
  constructor(session: OpenSession) {
    this.session = session;
  }
}

const open = new SwapRemoveSet<OpenEntry>();
/** How many of them the end of the process shall close. */
let guarded = 0;
const exitGuard = new ExitGuard({ close: closeForExit, closeNow });

/**
 * Counts a session as open until it is removed. Gives what the application's object has to hold: the session is reported when it is
 * garbage collected meanwhile. Handlers of the session that refer to that object keep it alive, and so keep it from being reported.
 */
export function addOpenSession(session: OpenSession): LeakSentinel {
  const sentinel = new LeakSentinel();
  const entry = new OpenEntry(session);
  session.openEntry = entry;
  open.add(entry);
  collected.register(sentinel, entry, entry);
  if (session.closeOnExit !== undefined) exitGuard.wanted = ++guarded > 0;
  return sentinel;
}

/** The session is over; nothing happens where it has never been added. */
export function removeOpenSession(session: OpenSession): void {
  const entry = session.openEntry;
  if (entry === undefined) return;
  session.openEntry = undefined;
  entry.session = undefined;
  open.delete(entry);
  collected.unregister(entry);
  if (session.closeOnExit !== undefined) exitGuard.wanted = --guarded > 0;
}

/** Closes every open session of this process; resolves when nothing of them is left, or when the time is up. */
export async function closeOpenSessions(how: CheckedClose): Promise<void> {
  const timeoutMs = how.drain ? Math.min(how.timeoutMs + CLOSE_MS, MAX_TIMER_MS) : how.timeoutMs;
  await closeWithin(openSessions().map((session) => ({ session, closed: session.close(how), timeoutMs })));
}

/** Sessions that the end of the process has waited for in vain: it waits for each once. */
const leftOpen = new WeakSet<object>();

async function closeForExit(urgency: ExitUrgency): Promise<void> {
  const closings = openSessions().flatMap((session) => {
    if (session.closeOnExit === undefined || leftOpen.has(session)) return [];
    const { drain, timeoutMs } = session.closeOnExit;
    const drainMs = timeoutMs - Math.min(timeoutMs / 10, MAX_RESERVE_MS);
    const how = { ...CLOSE_AT_ONCE, drain: drain && urgency !== 'atOnce', timeoutMs: drainMs };
    const closed = session.close(how, { leaveMs: urgency === 'afterApplication' && !drain ? drainMs : 0 });
    return [{ session, closed, timeoutMs }];
  });
  for (const session of await closeWithin(closings)) leftOpen.add(session);
}

/** What is written to a socket in this very call still reaches the system. */
function closeNow(): void {
  for (const session of openSessions()) {
    if (session.closeOnExit !== undefined) session.close(CLOSE_AT_ONCE).catch(() => undefined);
  }
}

function openSessions(): readonly OpenSession[] {
  return open.members().flatMap(({ session }) => session ?? []);
}

const collected = new FinalizationRegistry<OpenEntry>((entry) => {
  const { session } = entry;
  if (session === undefined) return;
  const { connectionId } = session;
  if (connectionId === undefined) {
    // It has not connected, and may never do so: looked at again when garbage is collected the next time.
    collected.register(new LeakSentinel(), entry, entry);
    return;
  }
  process.emitWarning(
    `an avatar session was garbage collected while open (connection ${connectionId}): ` +
      'it goes on, and is billed while it is connected; hold it, and call close()',
    'AvatarKitForgottenSessionWarning',
  );
});
