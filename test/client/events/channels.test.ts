/** The messages that sessions publish on the channels of the process, and their order. Virtual time. */
import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { CHANNELS, UpgradeRefused } from '../../../src/index.js';
import { confirmedSession, closeSession, wireIdsOf } from '../../support/confirmed-session.js';
import { CHANNEL_NAMES, ChannelRecord } from '../../support/channel-record.js';
import { heldGate } from '../../support/held-gate.js';
import { closed, ScriptedCoordinator, started } from '../scripted-coordinator.js';
import { virtualSession } from '../virtual-session.js';

const ORIGIN = { endpoint: { host: 'ingress.test', port: 443 } };
const SECOND = new Uint8Array(48_000);

describe('the channels of a session', () => {
  it('have these names', () => {
    expect(Object.isFrozen(CHANNELS)).toBe(true);
    expect(Object.values(CHANNELS).map((name) => name.replace('avatarkit-session:', ''))).toEqual([
      ...['dial', 'token', 'utterance', 'first-frame', 'state', 'retry', 'reconnect', 'error', 'close'],
      ...['gate-wait', 'idle', 'rollover', 'connection-closed', 'fleet-wait', 'fleet-lease'],
    ]);
  });

  it('publish the events of a connection that is lost during speech, in order', async () => {
    using record = new ChannelRecord();
    const virtual = await confirmedSession();
    const { session, clock, transport } = virtual;
    const utterance = session.speak(SECOND, { label: 'greeting' });
    await clock.settle();
    transport.latest.animate(utterance.reqId, 10);
    transport.latest.drop();
    await clock.until(() => transport.dials.length === 2);
    await clock.settle();
    const [wireId = ''] = wireIdsOf(virtual);
    transport.latest.animate(wireId, 25, { end: true });
    await utterance.finished;
    await clock.settle();
    await closeSession(virtual);
    expect(record.names).toEqual([
      ...['state', 'dial:start', 'token:start', 'token:end', 'dial:end', 'token:asyncStart'],
      ...['token:asyncEnd', 'state', 'dial:asyncStart', 'dial:asyncEnd', 'state'],
      ...['utterance:start', 'utterance:end', 'first-frame'],
      ...['connection-closed', 'error', 'state', 'retry'],
      ...['state', 'dial:start', 'token:start', 'token:end', 'dial:end', 'token:asyncStart'],
      ...['token:asyncEnd', 'state', 'dial:asyncStart', 'dial:asyncEnd', 'state', 'reconnect'],
      ...['utterance:asyncStart', 'utterance:asyncEnd'],
      ...['state', 'connection-closed', 'state', 'close'],
    ]);
    expect(new Set(record.published.map(({ message }) => message.sessionId))).toEqual(new Set([session.id]));
    for (const { message } of record.published) expect(message).toMatchObject(ORIGIN);
    expect(record.of('state')[0]).toMatchObject({
      from: 'idle',
      to: 'session_token',
      reason: 'start',
      phase: 'session_token',
    });
    expect(record.of('retry')).toMatchObject([{ attempt: 2, error: { code: 'connectionClosed' } }]);
    expect(record.of('connection-closed')).toMatchObject([
      { connectionId: 'connection-1', closeCode: 1006 },
      { connectionId: 'connection-2', closeCode: 1000 },
    ]);
    expect(record.of('reconnect')).toMatchObject([{ connectionId: 'connection-2', attempts: 2 }]);
    expect(record.of('utterance:asyncEnd')).toMatchObject([
      {
        reqId: utterance.reqId,
        label: 'greeting',
        bytes: 48_000,
        keyframes: 25,
        replays: 1,
        outcome: 'replayed',
        positionMs: 1_000,
        result: { outcome: 'replayed' },
      },
    ]);
  });

  it('publish nothing without a subscriber', async () => {
    const virtual = await confirmedSession();
    {
      using record = new ChannelRecord();
      expect(record.names).toEqual([]);
    }
    for (const name of CHANNEL_NAMES) expect(channel(name).hasSubscribers).toBe(false);
    await closeSession(virtual);
  });

  it('have the same object in all messages of one operation', async () => {
    using record = new ChannelRecord();
    await closeSession(await confirmedSession());
    const dials = record.published.filter(({ name }) => name.startsWith('dial:'));
    expect(dials.map(({ name }) => name)).toEqual([
      'dial:start',
      'dial:end',
      'dial:asyncStart',
      'dial:asyncEnd',
    ]);
    expect(new Set(dials.map(({ message }) => message)).size).toBe(1);
  });

  it('have the duration of each step of a dial, and the result of the dial', async () => {
    using record = new ChannelRecord();
    const virtual = virtualSession({
      service: (dial, clock) => {
        clock.schedule(200, () => {
          if (dial.number === 1) dial.refuse(new UpgradeRefused(503, {}, ''));
          else {
            const socket = dial.accept();
            clock.schedule(30, () => socket.say({ type: 2, connectionId: 'late', capabilities: [] }));
          }
        });
      },
      options: {
        heartbeat: false,
        tokenProvider: () =>
          new Promise((resolve) => void virtual.clock.schedule(100, () => resolve('t0ken'))),
      },
    });
    void virtual.session.start();
    await virtual.clock.until(() => virtual.session.state === 'websocket_runtime');
    await virtual.clock.settle();
    await closeSession(virtual);
    expect(record.of('dial:error')).toMatchObject([
      { attempt: 1, reason: 'start', tokenMs: 100, upgradeMs: undefined, durationMs: 300, httpStatus: 503 },
    ]);
    expect(record.of('dial:error')[0]?.['error']).toMatchObject({ code: 'upstreamError' });
    const [, second] = record.of('dial:asyncEnd');
    expect(second).toMatchObject({
      attempt: 2,
      tokenMs: 100,
      upgradeMs: 200,
      handshakeMs: 30,
      durationMs: 330,
      result: 'late',
      error: undefined,
    });
    expect(record.of('token:asyncEnd')).toMatchObject([
      { reason: 'start', ahead: false, durationMs: 100, result: undefined },
      { reason: 'start', ahead: false, durationMs: 100, result: undefined },
    ]);
    expect(JSON.stringify(record.published)).not.toContain('t0ken');
  });

  it('report that a token was fetched ahead, and the failure of that as an AvatarSDKError', async () => {
    using record = new ChannelRecord();
    const virtual = virtualSession({
      service: (dial) => void dial.confirm(),
      options: {
        tokenProvider: () => {
          throw new Error('no token available');
        },
      },
    });
    await expect(virtual.session.init()).rejects.toMatchObject({ code: 'connectionFailed' });
    expect(record.of('token:error')).toMatchObject([{ ahead: true, error: { name: 'AvatarSDKError' } }]);
    await closeSession(virtual);
  });

  it('measure the time to the first frame from the first audio that was written', async () => {
    using record = new ChannelRecord();
    const virtual = await confirmedSession();
    const utterance = virtual.session.speak();
    await virtual.clock.advance(5_000);
    void utterance.end(SECOND);
    await virtual.clock.advance(240);
    virtual.transport.latest.animate(utterance.reqId, 5);
    await virtual.clock.advance(100);
    virtual.transport.latest.animate(utterance.reqId, 20, { end: true });
    await utterance.finished;
    await virtual.clock.settle();
    expect(record.of('first-frame')).toMatchObject([{ reqId: utterance.reqId, firstFrameMs: 240 }]);
    expect(record.of('utterance:asyncEnd')).toMatchObject([
      { firstFrameMs: 240, durationMs: 5_340, audioMs: expect.any(Number) as number },
    ]);
    await closeSession(virtual);
  });

  it('report how an utterance failed', async () => {
    using record = new ChannelRecord();
    const virtual = await confirmedSession();
    const utterance = virtual.session.speak(SECOND, { recovery: 'fail' });
    await virtual.clock.settle();
    virtual.transport.latest.drop();
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'failed' });
    await virtual.clock.settle();
    expect(record.of('utterance:error')).toMatchObject([
      { outcome: 'failed', replays: 0, result: undefined },
    ]);
    await closeSession(virtual);
  });

  it('report that an idle session waits for audio, and that a connection is replaced before its limit', async () => {
    using record = new ChannelRecord();
    const idle = await confirmedSession({ idle: 'reconnectOnDemand' });
    idle.transport.latest.drop(1008, 'no audio input for 60s');
    await idle.clock.advance(7_000);
    void idle.session.sendAudio(SECOND);
    await idle.clock.settle();
    await closeSession(idle);
    expect(record.of('idle')).toMatchObject([
      { stage: 'began', waitedMs: 0 },
      { stage: 'ended', waitedMs: 7_000 },
    ]);
    const rolled = await confirmedSession({ maxSessionMs: 100_000 });
    await rolled.clock.advance(95_000);
    expect(record.of('rollover')).toMatchObject([{ connectionId: 'connection-1', liveMs: 90_000 }]);
    expect(record.of('connection-closed').at(-1)).toMatchObject({ closeCode: 1000, liveMs: 90_000 });
    await closeSession(rolled);
  });

  it('report how long a dial waited at the connect gate', async () => {
    using record = new ChannelRecord();
    const virtual = virtualSession({
      service: (dial) => void dial.confirm(),
      options: { heartbeat: false, connectGate: heldGate([300, 5_000]) },
    });
    void virtual.session.start();
    await virtual.clock.advance(1_000);
    virtual.transport.latest.drop(4503);
    await virtual.clock.until(() => record.of('gate-wait').length === 3);
    await closeSession(virtual);
    const wait = { gate: 'ingress', reason: 'one dial after the other' };
    expect(record.of('gate-wait')).toMatchObject([
      { ...wait, stage: 'began', leastMs: 300, waitedMs: 0, admitted: false },
      { ...wait, stage: 'ended', leastMs: 300, waitedMs: 300, admitted: true },
      { ...wait, stage: 'began', leastMs: 5_000 },
      { ...wait, stage: 'ended', leastMs: 5_000, admitted: false },
    ]);
  });

  it('have the time that a dial waited for the fleet, and the end of its lease', async () => {
    using record = new ChannelRecord();
    const coordinator = new ScriptedCoordinator();
    coordinator.answers = [() => Promise.resolve({ waitMs: 7_000, reason: 'the plan is full' })];
    const virtual = started(coordinator);
    await virtual.clock.advance(7_000);
    coordinator.lose();
    await virtual.clock.settle();
    await closed(virtual);
    expect(record.of('fleet-wait')).toMatchObject([
      { stage: 'began', reason: 'the plan is full', leastMs: 7_000, waitedMs: 0, admitted: false },
      { stage: 'ended', reason: 'the plan is full', waitedMs: 7_000, admitted: true },
    ]);
    expect(record.of('fleet-lease')).toMatchObject([
      { change: 'acquired', waitedMs: 7_000 },
      { change: 'lost' },
      { change: 'regained' },
      { change: 'released' },
    ]);
  });

  it('have one session id for the whole session, a restart included', async () => {
    using record = new ChannelRecord();
    const virtual = await confirmedSession({ retry: false });
    virtual.transport.latest.drop(4002);
    await virtual.clock.advance(2_000);
    const restarted = virtual.session.restart();
    await virtual.clock.settle();
    await restarted;
    await closeSession(virtual);
    expect(record.of('close')).toMatchObject([{ reason: 'failed' }, { reason: 'closed' }]);
    expect(new Set(record.published.map(({ message }) => message.sessionId))).toEqual(
      new Set([virtual.session.id]),
    );
  });
});
