/** Sessions that SIGTERM closes. The tests send no signal: they call the listener as the process would call it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AvatarSession } from '../../src/client/avatar-session.js';
import {
  exitListeners,
  othersListenTo,
  addOpenSession,
  closeOpenSessions,
  removeOpenSession,
} from '../../src/client/open-sessions.js';
import type { OpenSession } from '../../src/client/open-sessions.js';
import { CLOSE_AT_ONCE } from '../../src/client/session-calls.js';
import { waitFor } from '../support/wait-for.js';

const others = process.listeners('SIGTERM');
let ended: (() => void)[] = [];
let closes = 0;

const AT_ONCE = { drain: false, timeoutMs: 10_000 };

function open(closeOnExit: OpenSession['closeOnExit'], hang?: () => Promise<void>): void {
  const close = (): Promise<void> => {
    closes += 1;
    removeOpenSession(session);
    return Promise.resolve();
  };
  const session: OpenSession = {
    openEntry: undefined,
    closeOnExit,
    connectionId: undefined,
    closeAsked: false,
    close: hang ?? close,
  };
  ended.push(() => removeOpenSession(session));
  addOpenSession(session);
}
/** Waits longer than the package waits for listeners of the application. */
const settled = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 150));
const ours = (): NodeJS.SignalsListener[] =>
  process.listeners('SIGTERM').filter((listener) => !others.includes(listener));

beforeEach(() => {
  closes = 0;
});
afterEach(async () => {
  for (const end of ended) end();
  ended = [];
  await settled();
});

describe('the signal SIGTERM', () => {
  it('has no listener for sessions without the option', async () => {
    open(undefined);
    expect(ours()).toEqual([]);
    await closeOpenSessions(CLOSE_AT_ONCE);
    expect(closes).toBe(1);
  });

  it('has one listener while a session with the option is open', async () => {
    open(AT_ONCE);
    open(AT_ONCE);
    expect(ours()).toHaveLength(1);
    ended[0]?.();
    await settled();
    expect(ours()).toHaveLength(1);
    ended[1]?.();
    await settled();
    expect(ours()).toEqual([]);
  });

  it('closes those sessions, and does not end the process if there are other listeners', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const other = (): void => undefined;
    process.on('SIGTERM', other);
    open(AT_ONCE);
    open(undefined);
    const [listener] = process.listeners('SIGTERM');
    listener?.('SIGTERM');
    await settled();
    process.off('SIGTERM', other);
    expect([closes, kill.mock.calls]).toEqual([1, []]);
    // A session that is opened later adds the listener again.
    open(AT_ONCE);
    expect(ours()).toHaveLength(1);
  });

  it('ends the process after the last session has closed if there is no other listener', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    for (const listener of others) process.off('SIGTERM', listener);
    open(AT_ONCE);
    const [listener] = process.listeners('SIGTERM');
    listener?.('SIGTERM');
    expect(kill).not.toHaveBeenCalled();
    await settled();
    for (const one of others) process.on('SIGTERM', one);
    expect([closes, kill.mock.calls]).toEqual([1, [[process.pid, 'SIGTERM']]]);
  });

  it('ends the process in bounded time when a session hangs, with a warning', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    for (const listener of others) process.off('SIGTERM', listener);
    open({ drain: false, timeoutMs: 40 }, () => new Promise<void>(() => undefined));
    const [listener] = process.listeners('SIGTERM');
    listener?.('SIGTERM');
    await waitFor(() => expect(kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]));
    for (const one of others) process.on('SIGTERM', one);
    // The wait happens once, and not again for sessions that were opened meanwhile.
    expect(warn.mock.calls).toEqual([
      [
        '1 of 1 avatar sessions did not close within 40 ms, and are left open',
        'AvatarKitCloseTimeoutWarning',
      ],
    ]);
  });

  it('does not count a listener of signal-exit, or of another copy of this package, as one of the application', () => {
    // Other test files share this process, and their packages add listeners, too.
    const present = process.listeners('SIGINT');
    process.removeAllListeners('SIGINT');
    const listener = (): void => undefined;
    process.on('SIGINT', listener);
    const before = othersListenTo('SIGINT');
    exitListeners.functions.add(listener);
    expect([before, othersListenTo('SIGINT')]).toEqual([true, false]);
    exitListeners.functions.delete(listener);
    const key = Symbol.for('signal-exit emitter');
    // If that package is loaded, its emitter exists, and cannot be removed.
    const known = Reflect.get(globalThis, key) as { count: number } | undefined;
    const emitter = known ?? { count: 0 };
    const { count } = emitter;
    if (known === undefined) Object.defineProperty(globalThis, key, { value: emitter, configurable: true });
    emitter.count = 1;
    expect(othersListenTo('SIGINT')).toBe(false);
    emitter.count = count;
    if (known === undefined) Reflect.deleteProperty(globalThis, key);
    process.off('SIGINT', listener);
    for (const other of present) process.on('SIGINT', other);
  });
});

describe('closeAll', () => {
  it('resolves in bounded time when a session hangs, with a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    open(undefined, () => new Promise<void>(() => undefined));
    open(undefined);
    await closeOpenSessions({ ...CLOSE_AT_ONCE, timeoutMs: 40 });
    expect(closes).toBe(1);
    expect(warn.mock.calls).toHaveLength(1);
  });

  it.each([
    [{ drain: 1 }, TypeError],
    [{ timeoutMs: -1 }, RangeError],
    [{ timeout: 1 }, TypeError],
  ])('rejects for invalid options: %o', async (options, expected) => {
    await expect(AvatarSession.closeAll(options as object)).rejects.toBeInstanceOf(expected);
  });
});
