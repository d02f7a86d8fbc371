/** Each way in which a WebSocket ends is reported once, in bounded time, and leaves no timers or sockets. */
import { describe, expect, it } from 'vitest';
import type { FakeSocket } from '../fake-transport.js';
import { animation, confirmation, confirmed, connect } from './bare-connection.js';

describe('the end of a connection', () => {
  it('by the service reports how many requests were unfinished', async () => {
    const { connection, socket, owner } = await confirmed();
    owner.unfinished = 2;
    socket.drop(1000, 'bye');
    await expect(connection.ended).resolves.toMatchObject({
      kind: 'socketClosed',
      phase: 'websocket_runtime',
      connectionId: 'c-1',
      closeCode: 1000,
      closeReason: 'bye',
      confirmed: true,
      unfinishedRequests: 2,
    });
    await connection.released;
  });

  it('that comes with the confirmation is reported when the owner attaches, and the owner lists the unfinished requests', async () => {
    const { connection, socket, owner } = connect();
    socket.say(confirmation);
    socket.drop(1000);
    await connection.confirmed;
    owner.unfinished = 2;
    connection.attach(owner, undefined);
    await expect(connection.ended).resolves.toMatchObject({ kind: 'socketClosed', unfinishedRequests: 2 });
  });

  it('by the client sends 1000 once, for any number of calls', async () => {
    const { connection, socket, clock } = await confirmed();
    await Promise.all([connection.close(), connection.close()]);
    await connection.destroy();
    await expect(connection.ended).resolves.toBeUndefined();
    expect([socket.closes, clock.pendingTimers]).toEqual([[1000], 0]);
  });

  it('takes bounded time when the peer never answers', async () => {
    const { connection, socket, clock } = await confirmed();
    socket.answersClose = false;
    const closed = connection.close();
    await clock.advance(999);
    expect(socket.terminated).toBe(false);
    await clock.advance(1);
    await closed;
    expect([socket.terminated, clock.pendingTimers]).toEqual([true, 0]);
  });

  it('of a silent peer is a missed heartbeat, and the socket is destroyed', async () => {
    const { connection, socket, clock, owner } = connect();
    socket.onPing = () => undefined;
    socket.say(confirmation);
    await connection.confirmed;
    connection.attach(owner, { intervalMs: 100, timeoutMs: 100 });
    await clock.advance(200);
    await expect(connection.ended).resolves.toMatchObject({ kind: 'heartbeatMissed', step: 'heartbeat' });
    expect([socket.terminated, socket.closes, clock.pendingTimers]).toEqual([true, [], 0]);
  });

  it('of a peer that stops answering counts from its last answer, when the transport reports answers', async () => {
    const { connection, socket, clock, owner } = connect();
    socket.onPing = () => {
      if (socket.pings > 1) return;
      socket.receivedBytes += 2;
      connection.heard();
    };
    socket.say(confirmation);
    await connection.confirmed;
    connection.attach(owner, { intervalMs: 5_000, timeoutMs: 5_000 });
    await clock.advance(20_000);
    // Both pings are sent one tick of 250 ms early.
    await expect(connection.ended).resolves.toMatchObject({ kind: 'heartbeatMissed', silentMs: 9_500 });
  });
});

describe('the last sign of life of a connection', () => {
  it('is the time of the close if no answer was overdue', async () => {
    const { connection, socket, clock, owner } = connect();
    socket.say(confirmation);
    await connection.confirmed;
    connection.attach(owner, { intervalMs: 5_000, timeoutMs: 5_000 });
    await clock.advance(6_000);
    socket.drop(1006);
    expect(connection.lastSignOfLifeAtMs).toBe(6_000);
  });

  it.each([
    ['by the heartbeat', (): undefined => undefined],
    ['by a reset', (socket: FakeSocket): void => socket.drop(1006)],
  ])(
    'is the confirmation if the service was silent after it and the connection was lost %s',
    async (_how, end) => {
      const { connection, socket, clock, owner } = connect();
      socket.onPing = () => undefined;
      await clock.advance(100);
      socket.say(confirmation);
      await connection.confirmed;
      connection.attach(owner, { intervalMs: 5_000, timeoutMs: 5_000 });
      await clock.advance(9_000);
      end(socket);
      await clock.advance(2_000);
      await connection.ended;
      expect(connection.lastSignOfLifeAtMs).toBe(100);
    },
  );

  it('is the last answer to a ping if no further answer came', async () => {
    const { connection, socket, clock, owner } = connect();
    socket.onPing = () => {
      if (clock.nowMs() > 20_000) return;
      socket.receivedBytes += 2;
      connection.heard();
    };
    socket.say(confirmation);
    await connection.confirmed;
    connection.attach(owner, { intervalMs: 5_000, timeoutMs: 5_000 });
    await clock.advance(40_000);
    await connection.ended;
    expect(connection.lastSignOfLifeAtMs).toBeGreaterThan(14_000);
    expect(connection.lastSignOfLifeAtMs).toBeLessThanOrEqual(20_000);
  });

  it('without a heartbeat is the last message if the operating system ended the connection', async () => {
    const { connection, socket, clock } = await confirmed();
    await clock.advance(1_000);
    socket.say(animation('any'));
    await clock.advance(900_000);
    socket.drop(1006, '', Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' }));
    expect(connection.lastSignOfLifeAtMs).toBe(1_000);
  });
});

describe('the cause of a broken connection', () => {
  it('is part of the facts of its end', async () => {
    const { connection, socket } = await confirmed();
    const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    socket.drop(1006, '', cause);
    await expect(connection.ended).resolves.toMatchObject({ kind: 'socketClosed', closeCode: 1006, cause });
  });
});
