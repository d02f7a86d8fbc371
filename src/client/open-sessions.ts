/**
 * The open sessions of this process, so that a deploy can close them all: on demand, or at the end of the process if they have the option
 * `closeOnExit`. Also reports sessions whose objects the application has dropped while the service still bills them.
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
/** Gives listeners of the application time to call `close({ drain })` after an `await`, before our own drain begins. */
const OTHERS_FIRST_MS = 100;
/** A shell and npm both forward Ctrl-C, so a signal may come twice at once. A repetition after this time is intended. */
const REPEATED_AFTER_MS = 1_000;

/**
 * - `asAsked`: with a drain if the session's option says so
 * - `afterApplication`: the same, but a session without a drain may first finish its unfinished utterances
 * - `atOnce`: without a drain, except for drains that the application itself has called
 */
export type ExitUrgency = 'asAsked' | 'afterApplication' | 'atOnce';

export interface ExitGuardSessions {
  /** Closes the sessions with `closeOnExit`, in bounded time. */
  close(urgency: ExitUrgency): Promise<void>;
  /** Closes the sessions with `closeOnExit` as far as one synchronous call can. */
  closeNow(): void;
}

/**
 * Closes sessions when the process ends: on SIGTERM and SIGINT, and as far as possible at the `exit` of a process or a worker thread. It
 * listens only while a session has `closeOnExit`, because a signal with a listener does not end the process any more. Without another
 * listener, the process ends after the last session. Must not know how a session is closed.
 */
export class ExitGuard {
  readonly #sessions: ExitGuardSessions;
  readonly #onSignal = (signal: NodeJS.Signals): void => void this.#closeFor(signal as ExitSignal);
  readonly #onExit = (): void => this.#sessions.closeNow();
  #wanted = false;
  #listening = false;
  /** The number of signals whose sessions are being closed. */
  #rounds = 0;
  #sinceMs = 0;
  /** The signal whose default action is applied at the end. */
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
    // A second signal must not end the process while the sessions of the first one are being closed.
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
    // Before all other listeners: a later listener of `once` would not be counted any more.
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
    // Closes sessions that were opened meanwhile. Not repeated, because each closed session may be followed by a new one.
    if (this.#endsWith !== undefined) await this.#sessions.close('atOnce');
    this.#rounds -= 1;
    exitListeners.rounds -= 1;
    // Another signal, or another copy of this package, may still have sessions to close: the last one ends the process.
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
 * Counts the listeners for the signals that end a process. Several copies of this package in one process share the counters: otherwise
 * each would take the others' listeners for the application's, and none would end the process.
 */
type ExitSignal = 'SIGTERM' | 'SIGINT';

interface ExitListeners {
  readonly functions: Set<unknown>;
  /** The number of signals whose sessions are being closed, of all copies of the package. */
  rounds: number;
}

const KEY = Symbol.for('avatarkit-session exit listeners');
const SIGNAL_EXIT_KEY = Symbol.for('signal-exit emitter');

type Shared = Record<symbol, unknown>;
const shared = globalThis as unknown as Shared;

export const exitListeners = (shared[KEY] ??= { functions: new Set(), rounds: 0 }) as ExitListeners;

/** Whether the application, or a package that it uses, has a listener of its own, and so determines whether the process ends. */
export function othersListenTo(signal: ExitSignal): boolean {
  const others = process.listeners(signal).filter((listener) => !exitListeners.functions.has(listener));
  return others.length > signalExitListeners();
}

/**
 * The number of listeners of the package `signal-exit`, which many packages use. Each of them ends the process only if there are no other
 * listeners but its own kind.
 */
function signalExitListeners(): number {
  const { __signal_exit_emitter__: former } = process as unknown as Record<string, unknown>;
  return countOf(shared[SIGNAL_EXIT_KEY]) + countOf(former);
}

function countOf(emitter: unknown): number {
  if (typeof emitter !== 'object' || emitter === null || !('count' in emitter)) return 0;
  return typeof emitter.count === 'number' ? emitter.count : 0;
}

/** The references to an open session; they must not keep the application's session object alive. */
export interface OpenSession {
  /** Used by this file only: present while the session counts as open. */
  openEntry: OpenEntry | undefined;
  /** Undefined: the session is not closed at the end of the process. */
  readonly closeOnExit: CloseOnExit | undefined;
  readonly connectionId: string | undefined;
  /** Whether it is being closed. */
  readonly closeAsked: boolean;
  close(options: CheckedClose, atExit?: CloseAtExit): Promise<void>;
}

/** The additional time in which `closeAll` closes the connections after a drain has used its whole time. */
const CLOSE_MS = 1_000;
/** The part of a drain's time that is reserved for closing connections at the end of the process. */
const MAX_RESERVE_MS = 500;

/**
 * The application's session object refers to it, and it refers to nothing: its garbage collection shows that the session object was
 * dropped.
 */
export class LeakSentinel {
  readonly as = 'an open avatar session';
}

/**
 * The token of an open session in the FinalizationRegistry. The engine keeps it, and everything that it references, until a full garbage
 * collection, even after `unregister`: so it must reference nothing once the session is over.
 */
class OpenEntry implements Indexed {
  session: OpenSession | undefined;
  /** Present until the first connection: the registry gets it then. */
  unregistered: LeakSentinel | undefined;
  index = -1;
  constructor(session: OpenSession, sentinel: LeakSentinel) {
    this.session = session;
    this.unregistered = sentinel;
  }
}

const open = new SwapRemoveSet<OpenEntry>();
/** The number of open sessions with `closeOnExit`. */
let guarded = 0;
const exitGuard = new ExitGuard({ close: closeForExit, closeNow });

/** Called with each session when it begins to count as open, and when it no longer does, after its last events. */
export interface OpenSessionsObserver {
  added(session: OpenSession): void;
  removed(session: OpenSession): void;
}

const observers = new Set<OpenSessionsObserver>();

/** Calls `added` for the sessions that are open now, and the observer until the returned function is called. */
export function observeOpenSessions(observer: OpenSessionsObserver): () => void {
  observers.add(observer);
  for (const session of openSessions()) observer.added(session);
  return () => void observers.delete(observer);
}

/**
 * Counts a session as open until it is removed. Returns the object that the application's session object must hold. Handlers that refer
 * to the session object keep it alive, and so prevent the report of `watchOpenSession`.
 */
export function addOpenSession(session: OpenSession): LeakSentinel {
  const sentinel = new LeakSentinel();
  const entry = new OpenEntry(session, sentinel);
  session.openEntry = entry;
  open.add(entry);
  for (const observer of observers) observer.added(session);
  if (session.closeOnExit !== undefined) exitGuard.wanted = ++guarded > 0;
  return sentinel;
}

/**
 * The session has connected: it is reported if its sentinel is garbage collected. Not from the beginning: a session that is refused at
 * once would pay for an entry in the registry, and is never billed.
 */
export function watchOpenSession({ openEntry: entry }: Pick<OpenSession, 'openEntry'>): void {
  if (entry?.unregistered === undefined) return;
  collected.register(entry.unregistered, entry, entry);
  entry.unregistered = undefined;
}

/** The session is over. No effect if it has never been added. */
export function removeOpenSession(session: OpenSession): void {
  const entry = session.openEntry;
  if (entry === undefined) return;
  session.openEntry = undefined;
  entry.session = undefined;
  open.delete(entry);
  if (entry.unregistered === undefined) collected.unregister(entry);
  for (const observer of observers) observer.removed(session);
  if (session.closeOnExit !== undefined) exitGuard.wanted = --guarded > 0;
}

/** Closes every open session of this process; resolves when all are closed, or after the time limit. */
export async function closeOpenSessions(how: CheckedClose): Promise<void> {
  const timeoutMs = how.drain ? Math.min(how.timeoutMs + CLOSE_MS, MAX_TIMER_MS) : how.timeoutMs;
  await closeWithin(openSessions().map((session) => ({ session, closed: session.close(how), timeoutMs })));
}

/** Sessions that did not close in time at the end of the process, which waits for each session only once. */
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

/** Bytes that are written to a socket in this very call still reach the system. */
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
  // The caller of `close` may drop the object while it waits, and some engines collect it then.
  if (session === undefined || session.closeAsked) return;
  const { connectionId } = session;
  if (connectionId === undefined) {
    // The session reconnects, and may never succeed: checked again at the next garbage collection.
    collected.register(new LeakSentinel(), entry, entry);
    return;
  }
  process.emitWarning(
    `an avatar session was garbage collected while open (connection ${connectionId}): ` +
      'it goes on, and is billed while it is connected; hold it, and call close()',
    'AvatarKitForgottenSessionWarning',
  );
});
