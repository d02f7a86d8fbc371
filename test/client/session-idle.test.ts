/** How a session reacts when the service closes it for idleness, for each value of `idle`, in virtual time. */
import { describe, expect, it } from 'vitest';
import { MessageType } from '../../src/ports/message.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { closeSession } from '../support/confirmed-session.js';
import { gapsMs, virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

const IDLE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DURATIONS = { code: 1008, reason: 'no audio input for 60s' };

/** A service that closes each connection after this time without audio. */
const idling =
  (idleMs = IDLE_MS): VirtualSessionPlan['service'] =>
  (dial, clock) => {
    const socket = dial.confirm();
    const confirm = socket.onReceive;
    const arm = () => clock.schedule(idleMs, () => socket.drop(DURATIONS.code, DURATIONS.reason));
    let timer = arm();
    socket.onReceive = (message) => {
      confirm(message);
      if (message.type !== MessageType.clientAudioInput) return;
      timer.cancel();
      timer = arm();
      if (message.end) socket.say(lastFrame(message.reqId));
    };
  };
const lastFrame = (reqId: string) =>
  ({
    type: MessageType.serverResponseAnimation,
    connectionId: 'connection',
    reqId,
    end: true,
    keyframes: [],
    avatarId: '',
  }) as const;

const started = async (
  options: Partial<AvatarSessionOptions>,
  service: VirtualSessionPlan['service'] = idling(),
): Promise<VirtualSession> => {
  const run = virtualSession({ service, options });
  void run.session.start();
  await run.clock.settle();
  return run;
};
const audioOf = ({ transport }: VirtualSession): number[] =>
  transport.latest.received.flatMap((message) =>
    message.type === MessageType.clientAudioInput && message.audio.length > 0 ? [message.audio.length] : [],
  );

describe('a session without input', () => {
  it.each([
    ['reconnect', 2],
    ['reconnectOnDemand', 1],
  ] as const)('with idle: %s is connected %i times in an hour, then waits for audio', async (idle, dials) => {
    const run = await started({ idle });
    await run.clock.advance(HOUR_MS);
    expect(run.transport.dials).toHaveLength(dials);
    expect([run.session.state, run.transport.openSockets, run.clock.pendingTimers]).toEqual([
      'waiting',
      0,
      0,
    ]);
    expect(run.errors.map(({ code, willRetry }) => [code, willRetry])).toEqual(
      Array.from({ length: dials }, () => ['idleTimeout', true]),
    );
    expect(run.retries).toHaveLength(dials - 1);
    await closeSession(run);
    expect(run.closes).toEqual([{ reason: 'closed' }]);
  });

  it('with idle: stay always reconnects', async () => {
    const run = await started({ idle: 'stay' });
    await run.clock.advance(HOUR_MS);
    expect(run.transport.dials.length).toBeGreaterThan(50);
    await closeSession(run);
  });

  it('by default waits after two idle closes with another loss between them', async () => {
    const run = await started({});
    await run.clock.until(() => run.reconnects.length === 1);
    await run.clock.advance(10_000);
    run.transport.latest.drop(1006);
    await run.clock.advance(HOUR_MS);
    expect(run.transport.dials).toHaveLength(3);
    expect(run.session.state).toBe('waiting');
    await closeSession(run);
  });

  it('counts the idle time from its last audio', async () => {
    const run = await started({});
    await run.clock.until(() => run.reconnects.length === 1);
    void run.session.speak(new Uint8Array(640));
    await run.clock.advance(IDLE_MS + 10_000);
    expect(run.reconnects).toHaveLength(2);
    await run.clock.advance(HOUR_MS);
    expect(run.transport.dials).toHaveLength(3);
    await closeSession(run);
  });

  it.each<[string, AvatarSessionOptions['retry']]>([
    ['retry: false', false],
    ['a table that surfaces idleTimeout', { rules: { idleTimeout: 'surface' } }],
  ])('ends with the first idle close under %s', async (_name, retry) => {
    const run = await started({ retry, idle: 'reconnectOnDemand' });
    await run.clock.advance(HOUR_MS);
    expect(run.closes).toMatchObject([{ reason: 'failed', error: { code: 'idleTimeout' } }]);
    expect(run.transport.dials).toHaveLength(1);
  });
});

describe('the first audio after an idle wait', () => {
  it('is sent completely: the session reconnects at once', async () => {
    const run = await started({ idle: 'reconnectOnDemand' });
    await run.clock.advance(HOUR_MS);
    const said = run.session.speak([new Uint8Array(640), new Uint8Array(320)]);
    await run.clock.settle();
    await run.clock.advance(0);
    // The waiting audio is sent in one message.
    expect(audioOf(run)).toEqual([960]);
    await expect(said.finished).resolves.toMatchObject({ outcome: 'delivered' });
    expect(run.reconnects).toMatchObject([{ attempts: 1, error: { code: 'idleTimeout' } }]);
    await closeSession(run);
  });

  it('that comes during the wait before a reconnect is sent after the reconnect', async () => {
    const run = await started({});
    await run.clock.until(() => run.session.state === 'waiting');
    const said = run.session.speak(new Uint8Array(640));
    await run.clock.until(() => run.reconnects.length === 1);
    await run.clock.settle();
    await expect(said.finished).resolves.toMatchObject({ outcome: 'delivered' });
    await closeSession(run);
  });

  it('that a handler sends during the event of the idle close reconnects the session at once', async () => {
    const run = await started({ idle: 'reconnectOnDemand' });
    run.session.once('error', () => void run.session.sendAudio(new Uint8Array(640), true));
    await run.clock.until(() => run.reconnects.length === 1);
    expect(audioOf(run)).toEqual([640]);
    await closeSession(run);
  });

  it('causes no dial within 100 ms of the last one', async () => {
    const run = await started({ idle: 'reconnectOnDemand' }, idling(10));
    await run.clock.until(() => run.session.state === 'waiting');
    void run.session.sendAudio(new Uint8Array(640), true);
    await run.clock.until(() => run.reconnects.length === 1);
    expect(Math.min(...gapsMs(run.dialsAtMs))).toBeGreaterThanOrEqual(100);
    await closeSession(run);
  });

  it('is not necessary for a close: the session closes without a dial', async () => {
    const run = await started({ idle: 'reconnectOnDemand' });
    await run.clock.advance(HOUR_MS);
    await closeSession(run);
    await expect(run.session.sendAudio(new Uint8Array(640))).rejects.toMatchObject({ reason: 'closed' });
    expect([run.transport.dials.length, run.clock.pendingTimers]).toEqual([1, 0]);
  });
});
