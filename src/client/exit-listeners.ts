/**
 * Who else listens for the signals that end a process. Several copies of this package in one process know each other: each would
 * otherwise take the others' listeners for the application's, and none would end the process.
 */
export type ExitSignal = 'SIGTERM' | 'SIGINT';

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
