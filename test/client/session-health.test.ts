import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarEmulator, createVirtualClock } from '../../src/emulator/index.js';
import type { EmulatorOptions, VirtualClock } from '../../src/emulator/index.js';
import { AvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface World {
  readonly clock: VirtualClock;
  readonly emulator: AvatarEmulator;
  readonly session: AvatarSession;
}

async function world(
  faults: NonNullable<EmulatorOptions['faults']> = [],
  options: Partial<AvatarSessionOptions> = {},
): Promise<World> {
  const clock = createVirtualClock();
  const emulator = await AvatarEmulator.start({ clock, faults });
  const session = new AvatarSession({ ...emulator.sessionOptions, ...options });
  stops.push(
    () => Promise.all([session.close(), clock.advance(60_000)]),
    () => emulator.stop(),
  );
  return { clock, emulator, session };
}

const NONE = { connectionId: null, outage: null, lastFrameAgoMs: null };

describe('health()', () => {
  it('describes a session before its start, open, after an utterance, and over', async () => {
    const { clock, session } = await world();
    await clock.advance(250);
    const { id } = session;
    expect(session.health()).toEqual({ ...NONE, id, state: 'idle', stateForMs: 250 });

    await clock.advance(0);
    const started = session.start();
    await clock.advance(1_000);
    const connectionId = await started;
    const open = session.health();
    expect(open).toMatchObject({ ...NONE, id, state: 'websocket_runtime', connectionId });
    expect(open.stateForMs).toBeLessThanOrEqual(1_000);

    const { finished } = session.speak(new Uint8Array(32_000));
    await clock.advance(3_000);
    await finished;
    const spoken = session.health().lastFrameAgoMs;
    expect(spoken).toBeGreaterThanOrEqual(0);
    expect(spoken).toBeLessThan(3_000);
    await clock.advance(500);
    expect(session.health().lastFrameAgoMs).toBe((spoken ?? 0) + 500);

    const closed = session.close();
    await clock.advance(5_000);
    await closed;
    expect(session.health()).toMatchObject({ state: 'closed', connectionId: null, outage: null });
  });

  it('of an outage has the latest code, the number of the next attempt, and the duration', async () => {
    const refusal = { kind: 'refuse', phase: 'upgrade', status: 503, times: 'always' } as const;
    const { clock, emulator, session } = await world();
    const started = session.start();
    await clock.advance(1_000);
    await started;
    emulator.inject(refusal);
    emulator.inject({ kind: 'reset', phase: 'runtime' });
    await clock.advance(20);
    expect(session.health().outage).toMatchObject({ code: 'connectionClosed', attempt: 2 });
    const { forMs } = session.health().outage ?? {};
    await clock.advance(10_000);
    const later = session.health();
    expect(later.outage?.code).toBe('upstreamError');
    expect(later.outage?.attempt).toBeGreaterThan(2);
    expect(later.outage?.forMs).toBe((forMs ?? 0) + 10_000);
    expect(later.connectionId).toBeNull();
  });

  it('has no outage after a reconnect', async () => {
    const { clock, session } = await world([{ kind: 'refuse', phase: 'upgrade', status: 503 }]);
    const started = session.start();
    await clock.advance(1);
    expect(session.health().outage).toMatchObject({ code: 'upstreamError', attempt: 2 });
    await clock.advance(60_000);
    await started;
    expect(session.health()).toMatchObject({ state: 'websocket_runtime', outage: null });
  });

  it('of a failed session has no outage, and reports that the session is over', async () => {
    const refusal = { kind: 'refuse', phase: 'token', status: 401, times: 'always' } as const;
    const { clock, session } = await world([refusal]);
    const started = session.start();
    started.catch(() => undefined);
    await clock.advance(10_000);
    expect(session.health()).toMatchObject({ state: 'closed', outage: null });
  });

  it('is equal after it was written to JSON and read again', async () => {
    const { session } = await world();
    const health = session.health();
    expect(JSON.parse(JSON.stringify(health))).toEqual(health);
  });
});

describe('a session as text', () => {
  it('has its id, its state and its connection, and nothing else', async () => {
    const { clock, emulator, session } = await world();
    expect(String(session)).toBe(`AvatarSession ${session.id} idle`);
    const started = session.start();
    await clock.advance(1_000);
    const connectionId = await started;
    const text = `AvatarSession ${session.id} websocket_runtime ${connectionId}`;
    expect(session.toString()).toBe(text);
    expect(inspect(session)).toBe(`<${text}>`);
    expect(inspect({ session }, { depth: 9, showHidden: true })).not.toContain(emulator.credentials.apiKey);
  });
});
