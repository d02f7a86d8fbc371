/**
 * The messages of one socket in one turn of the event loop are written together; no message waits until a later
 * turn.
 */
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { currentTurn, holdUntilTurnEnds } from '../../../src/adapters/ws/turn-end.js';

/**
 * Reads the number of the turn until two readings agree. After that it changes only at the end of a turn, by
 * `setImmediate`.
 */
function untilSeen(): number {
  for (;;) {
    const number = currentTurn();
    if (currentTurn() === number) return number;
  }
}

describe('a turn of the event loop', () => {
  it('is detected after some messages, also when each turn has a single message', async () => {
    const first = untilSeen();
    expect(currentTurn()).toBe(first);
    await turn();
    expect(currentTurn()).not.toBe(first);
  });

  it('is detected at once after a turn with several messages', async () => {
    untilSeen();
    holdUntilTurnEnds(new Socket());
    await turn();
    const next = currentTurn();
    expect(currentTurn()).toBe(next);
    await turn();
  });

  it('corks a socket until the turn ends', async () => {
    const socket = new Socket();
    const uncork = vi.spyOn(socket, 'uncork');
    untilSeen();
    holdUntilTurnEnds(socket);
    await Promise.resolve();
    expect([socket.writableCorked, uncork.mock.calls.length]).toEqual([1, 0]);
    await turn();
    expect([socket.writableCorked, uncork.mock.calls.length]).toEqual([0, 1]);
  });

  it('uncorks at its end also a socket that was destroyed in it', async () => {
    const socket = new Socket();
    untilSeen();
    holdUntilTurnEnds(socket);
    socket.destroy();
    await turn();
    expect(socket.writableCorked).toBe(0);
  });
});
