/**
 * The handshake of one WebSocket, and its messages: every outcome is reported once. Tests of its end are in
 * live-connection-end.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { HandshakeFailed } from '../../../src/client/connection/server-message.js';
import { LiveConnection } from '../../../src/client/connection/live-connection.js';
import { VirtualClock } from '../../virtual-clock.js';
import { FakeSocket } from '../fake-transport.js';
import { CONFIGURE, animation, confirmation, confirmed, connect } from './bare-connection.js';

const UNKNOWN_TYPE = Uint8Array.of(0x08, 0x63);

describe('the handshake', () => {
  it('begins with the configuration, and succeeds with a connection id', async () => {
    const { connection, socket, clock } = connect();
    expect(socket.received).toHaveLength(1);
    await clock.advance(40);
    socket.say(confirmation);
    await connection.confirmed;
    expect([connection.connectionId, connection.capabilities, connection.confirmedAtMs]).toEqual([
      'c-1',
      ['playback_state'],
      40,
    ]);
  });

  it.each<readonly [string, (socket: FakeSocket) => void, object, readonly number[]]>([
    ['a text frame', (s) => s.deliver('hello'), { kind: 'protocolViolated' }, [1002]],
    ['undecodable bytes', (s) => s.deliver(Uint8Array.of(0xff)), { kind: 'protocolViolated' }, [1002]],
    [
      'an empty id',
      (s) => s.say({ ...confirmation, connectionId: '' }),
      { kind: 'protocolViolated' },
      [1002],
    ],
    ['another type', (s) => s.say(animation('r')), { kind: 'protocolViolated' }, [1002]],
    ['an unknown type', (s) => s.deliver(Uint8Array.of(0x08, 0x63)), { kind: 'protocolViolated' }, [1002]],
    [
      'a refusal',
      (s) => s.say({ type: 4, connectionId: '', reqId: '', code: 16, message: 'no' }),
      { kind: 'serverErrorReceived', serverCode: 16, message: 'no', confirmed: false },
      [1000],
    ],
    [
      'a close',
      (s) => s.drop(4010, 'expired'),
      { kind: 'socketClosed', closeCode: 4010, confirmed: false },
      [],
    ],
    [
      'a normal close',
      (s) => s.drop(1000),
      { kind: 'socketClosed', closeCode: 1000, confirmed: false, unfinishedRequests: 1 },
      [],
    ],
    ['a broken protocol', (s) => s.violate('too big'), { kind: 'protocolViolated', message: 'too big' }, []],
  ])('fails with %s, once, and closes what is open', async (_name, answer, facts, closes) => {
    const { connection, socket, clock } = connect();
    answer(socket);
    const failure = await connection.confirmed.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HandshakeFailed);
    expect((failure as HandshakeFailed).facts).toMatchObject({ ...facts, phase: 'websocket_connect' });
    await clock.advance(1_000);
    await connection.released;
    expect([socket.closes, socket.open, clock.pendingTimers]).toEqual([closes, false, 0]);
  });

  it('that gets an error and a close with the same code reports one failure: the first', async () => {
    const { connection, socket } = connect();
    socket.say({ type: 4, connectionId: '', reqId: '', code: 4001, message: 'Credits exhausted' });
    socket.drop(4001, 'Credits exhausted');
    await expect(connection.confirmed).rejects.toMatchObject({
      facts: { kind: 'serverErrorReceived' },
    });
  });

  it('that failed before the dial resolved destroys the socket that arrives late', async () => {
    const connection = new LiveConnection(new VirtualClock(), false);
    void connection.destroy();
    const socket = new FakeSocket(connection);
    connection.opened(socket, CONFIGURE);
    expect([socket.terminated, socket.received]).toEqual([true, []]);
    await connection.released;
  });

  it('still sends the configuration to a service that confirmed too early', async () => {
    const connection = new LiveConnection(new VirtualClock(), false);
    const socket = new FakeSocket(connection);
    socket.say(confirmation);
    connection.opened(socket, CONFIGURE);
    await connection.confirmed;
    expect([socket.terminated, socket.received.length]).toEqual([false, 1]);
  });
});

describe('messages', () => {
  it('that came together with the confirmation are delivered first, in order', async () => {
    const { connection, socket, owner } = connect();
    socket.say(confirmation);
    socket.say(animation('early-1'));
    socket.say(animation('early-2'));
    await connection.confirmed;
    connection.attach(owner, undefined);
    socket.say(animation('later'));
    expect(owner.reported).toEqual(['message 5 early-1', 'message 5 early-2', 'message 5 later']);
  });

  it('of unknown types, and a second confirmation, are ignored silently', async () => {
    const { socket, owner } = await confirmed();
    socket.deliver(UNKNOWN_TYPE);
    socket.say(confirmation);
    expect(owner.reported).toEqual([]);
  });

  it('that are unusable are reported up to eight times in a burst; the ninth ends the connection', async () => {
    const { connection, socket, owner, clock } = await confirmed();
    for (let bad = 0; bad < 8; bad += 1) socket.deliver(bad % 2 === 0 ? 'text' : Uint8Array.of(0xff));
    expect([owner.reported.length, socket.closes]).toEqual([8, []]);
    socket.deliver('text');
    await expect(connection.ended).resolves.toMatchObject({
      kind: 'protocolViolated',
      message: 'too many unusable frames',
    });
    expect([owner.reported.length, socket.closes]).toEqual([8, [1002]]);
    await clock.settle();
    await connection.released;
  });

  it('that are usable or ignored do not reset the count', async () => {
    const { connection, socket, owner } = await confirmed();
    for (let bad = 0; bad < 9; bad += 1) {
      socket.deliver('text');
      socket.deliver(UNKNOWN_TYPE);
      socket.say(confirmation);
      if (socket.closes.length === 0) socket.say(animation('good'));
    }
    await expect(connection.ended).resolves.toMatchObject({ kind: 'protocolViolated' });
    expect(owner.reported.filter((reported) => reported.startsWith('undecodable'))).toHaveLength(8);
    expect(socket.closes).toEqual([1002]);
  });

  it('that are unusable once a second are reported without limit', async () => {
    const { socket, owner, clock } = await confirmed();
    for (let bad = 0; bad < 8; bad += 1) socket.deliver('text');
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1_000);
      socket.deliver('text');
    }
    expect([owner.reported.length, socket.closes]).toEqual([68, []]);
  });

  it('of unknown types are accepted as traffic of a newer service; a flood of them ends the connection', async () => {
    const { connection, socket, clock } = await confirmed();
    for (let frame = 0; frame < 3_000; frame += 1) {
      await clock.advance(130);
      socket.deliver(UNKNOWN_TYPE);
    }
    for (let frame = 0; frame < 200; frame += 1) socket.deliver(UNKNOWN_TYPE);
    expect(socket.closes).toEqual([]);
    for (let frame = 0; frame < 100; frame += 1) socket.deliver(UNKNOWN_TYPE);
    await expect(connection.ended).resolves.toMatchObject({
      kind: 'protocolViolated',
      message: 'too many messages without effect',
    });
  });

  it('are never delivered after the end', async () => {
    const { connection, socket, owner } = await confirmed();
    void connection.close();
    socket.say(animation('late'));
    socket.drain();
    expect(owner.reported).toEqual([]);
  });
});
