/**
 * The sessions of this process that are open, so that a deploy can close them all: on demand, or when the process ends, for those
 * that asked for it. Also reports sessions that the application holds no more while the service still bills them.
 */
import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { REAL_TIME } from '../adapters/node/runtime-sources.js';
import { SwapRemoveSet } from '../core/memory/collections.js';
import type { Indexed } from '../core/memory/collections.js';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import { closeWithin } from './close-session.js';
import type { CloseAtExit } from './close-session.js';
import type { CloseOnExit } from './options/nested-fields.js';
import { CLOSE_AT_ONCE } from './session-calls.js';
import type { CheckedClose } from './session-calls.js';

const EXIT_SIGNALS: readonly ExitSignal[] = ['SIGTERM', 'SIGINT'];
/** A listener of the application may call `close({ drain })` itself, after an `await` of its own: before a drain of ours begins. */
const OTHERS_FIRST_MS = 100;
/** A shell and npm both hand Ctrl-C on, so a signal may come twice at once. One that comes later is meant. */
const REPEATED_AFTER_MS = 1_000;

/**
 * - `asAsked`: with a drain where the session asked for one
 * - `afterApplication`: the same, but one that asked for none is left to the application while something is being said
 * - `atOnce`: without a drain, except those of the application itself
 */
export type ExitUrgency = 'asAsked' | 'afterApplication' | 'atOnce';

export interface ExitGuardSessions {
  /** Closes those that asked for it, in bounded time. */
  close(urgency: ExitUrgency): Promise<void>;
  /** Closes those that asked for it as far as one synchronous call can. */
  closeNow(): void;
}

/**
 * Closes sessions when the process ends: on SIGTERM and SIGINT, and as far as possible at the `exit` of a
 * process or a worker thread. It listens only while a session has that option, because a signal with a
 * listener does not end the process any more. If there is no other listener, the process ends after the last
 * session. Must not know how a session is closed.
 */
export class ExitGuard {
  readonly #sessions: ExitGuardSessions;
  readonly #onSignal = (signal: NodeJS.Signals): void => void this.#closeFor(signal as ExitSignal);
  readonly #onExit = (): void => this.#sessions.closeNow();
  #wanted = false;
  #listening = false;
  /** Signals whose sessions are being closed. */
  #rounds = 0;
  #sinceMs = 0;
  /** The signal whose default action follows. */
  #endsWith: ExitSignal | undefined;

  constructor(sessions: ExitGuardSessions) {
    this.#sessions = sessions;
  }

  /** Whether there is a session to close. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
    this.#regulate();
  }

  #regulate(): void {
    // A second signal must not end the process in the middle of the first.
    const listening = this.#wanted || this.#rounds > 0;
    if (listening === this.#listening) return;
    this.#listening = listening;
    if (listening) this.#listen();
    else this.#stopListening();
  }

  #listen(): void {
    process.on('exit', this.#onExit);
    // Worker threads get no signals.
    if (!isMainThread) return;
    exitListeners.functions.add(this.#onSignal);
    // First of all listeners: a later one that listens once would have vanished from the count.
    for (const signal of EXIT_SIGNALS) process.prependListener(signal, this.#onSignal);
  }

  #stopListening(): void {
    process.off('exit', this.#onExit);
    for (const signal of EXIT_SIGNALS) process.off(signal, this.#onSignal);
    exitListeners.functions.delete(this.#onSignal);
  }

  async #closeFor(signal: ExitSignal): Promise<void> {
    const othersListen = othersListenTo(signal);
    if (!othersListen) this.#endsWith ??= signal;
    const nowMs = REAL_TIME.nowMs();
    if (this.#rounds === 0) this.#sinceMs = nowMs;
    const repeated = nowMs - this.#sinceMs >= REPEATED_AFTER_MS;
    this.#rounds += 1;
    exitListeners.rounds += 1;
    if (othersListen) await new Promise<void>((resolve) => REAL_TIME.setTimeout(resolve, OTHERS_FIRST_MS));
    await this.#sessions.close(repeated ? 'atOnce' : othersListen ? 'afterApplication' : 'asAsked');
    // Those that were opened meanwhile; not a third time, where each that is closed is followed by another one.
    if (this.#endsWith !== undefined) await this.#sessions.close('atOnce');
    this.#rounds -= 1;
    exitListeners.rounds -= 1;
    // Other signals, or another copy of this package, have sessions to close yet: the last one ends the process.
    if (this.#endsWith !== undefined && exitListeners.rounds === 0) this.#endProcess(this.#endsWith);
    this.#regulate();
  }

  #endProcess(signal: ExitSignal): void {
    this.#endsWith = undefined;
    this.#listening = false;
    this.#stopListening();
    // The kernel does not apply the default action to process 1, as in a container.
    if (process.pid === 1) process.exit(128 + constants.signals[signal]);
    process.kill(process.pid, signal);
  }
}

/**
 * Who else listens for the signals that end a process. Several copies of this package in one process know each other: each would
 * otherwise take the others' listeners for the application's, and none would end the process.
 */
type ExitSignal = 'SIGTERM' | 'SIGINT';

interface ExitListeners {
  readonly functions: Set<unknown>;
  /** Signals whose sessions are being closed, of all copies. */
  rounds: number;
}

const KEY = Symbol.for('avatarkit-session exit listeners');
const SIGNAL_EXIT_KEY = Symbol.for('signal-exit emitter');

type Shared = Record<symbol, unknown>;
const shared = globalThis as unknown as Shared;

export const exitListeners = (shared[KEY] ??= { functions: new Set(), rounds: 0 }) as ExitListeners;

/** Whether the application, or a package that it uses, has a listener of its own, and so decides what follows. */
export function othersListenTo(signal: ExitSignal): boolean {
  const others = process.listeners(signal).filter((listener) => !exitListeners.functions.has(listener));
  return others.length > signalExitListeners();
}

/**
 * The listeners of the package `signal-exit`, which many others use. They wait for the default action: each ends the process where
 * there is no listener but its own kind.
 */
function signalExitListeners(): number {
  const { __signal_exit_emitter__: former } = process as unknown as Record<string, unknown>;
  return countOf(shared[SIGNAL_EXIT_KEY]) + countOf(former);
}

function countOf(emitter: unknown): number {
  if (typeof emitter !== 'object' || emitter === null || !('count' in emitter)) return 0;
  return typeof emitter.count === 'number' ? emitter.count : 0;
}

/** What is held of an open session; it must not keep the application's session object alive. */
export interface OpenSession {
  /** For this file: present while the session counts as open. */
  openEntry: OpenEntry | undefined;
  /** Undefined: the end of the process does not close it. */
  readonly closeOnExit: CloseOnExit | undefined;
  readonly connectionId: string | undefined;
  /** Whether it is being closed. */
  readonly closeAsked: boolean;
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
 * The token that the FinalizationRegistry holds for an open session. The engine keeps it, and all that it
 * references, until a full garbage collection, also after `unregister`: so it must reference nothing once the
 * session is over.
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

/** Called with each session that begins to count as open, and with each that no longer does, its last events already emitted. */
export interface OpenSessionsObserver {
  added(session: OpenSession): void;
  removed(session: OpenSession): void;
}

const observers = new Set<OpenSessionsObserver>();

/** Calls `added` for the sessions that are open now, and goes on until the function that it returns is called. */
export function observeOpenSessions(observer: OpenSessionsObserver): () => void {
  observers.add(observer);
  for (const session of openSessions()) observer.added(session);
  return () => void observers.delete(observer);
}

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
  for (const observer of observers) observer.added(session);
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
  for (const observer of observers) observer.removed(session);
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
  // The caller of `close` need not keep the object while it waits, and some engines collect it then.
  if (session === undefined || session.closeAsked) return;
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
