/** Sessions that SIGTERM shall close, without a signal: the listener is called as the process would call it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addOpenSession, closeOpenSessions, removeOpenSession } from '../../src/client/open-sessions.js';
import type { OpenSession } from '../../src/client/open-sessions.js';

const others = process.listeners('SIGTERM');
let ended: (() => void)[] = [];
let closes = 0;

function open(closeOnExit: boolean): void {
  const close = (): Promise<void> => {
    closes += 1;
    removeOpenSession(session);
    return Promise.resolve();
  };
  const session: OpenSession = { openEntry: undefined, closeOnExit, connectionId: undefined, close };
  ended.push(() => removeOpenSession(session));
  addOpenSession(session);
}
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
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

describe('the signal to end', () => {
  it('is not watched for sessions that did not ask for it', async () => {
    open(false);
    expect(ours()).toEqual([]);
    await closeOpenSessions();
    expect(closes).toBe(1);
  });

  it('is watched by one listener, as long as a session asks for it', async () => {
    open(true);
    open(true);
    expect(ours()).toHaveLength(1);
    ended[0]?.();
    await settled();
    expect(ours()).toHaveLength(1);
    ended[1]?.();
    await settled();
    expect(ours()).toEqual([]);
  });

  it('closes those sessions, and leaves the process to whoever else listens', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const other = (): void => undefined;
    process.on('SIGTERM', other);
    open(true);
    open(false);
    const [listener] = process.listeners('SIGTERM');
    listener?.('SIGTERM');
    await settled();
    process.off('SIGTERM', other);
    expect([closes, kill.mock.calls]).toEqual([1, []]);
    // A session that begins later is watched over again.
    open(true);
    expect(ours()).toHaveLength(1);
  });

  it('ends the process after the last of them when nobody else listens', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    for (const listener of others) process.off('SIGTERM', listener);
    open(true);
    const [listener] = process.listeners('SIGTERM');
    listener?.('SIGTERM');
    expect(kill).not.toHaveBeenCalled();
    await settled();
    for (const one of others) process.on('SIGTERM', one);
    expect([closes, kill.mock.calls]).toEqual([1, [[process.pid, 'SIGTERM']]]);
  });
});
