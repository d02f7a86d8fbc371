/**
 * `close()` at every moment of a session: it resolves within a short time, all other promises settle, and no event
 * follows.
 */
import { describe, expect, it } from 'vitest';
import { AvatarSDKError } from '../../src/index.js';
import type { AvatarSession } from '../../src/index.js';
import { tone } from '../emulator/pcm.js';
import { LATER_MOMENTS, MOMENTS } from './scenario-support/moments.js';
import { record } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';

const SOON_MS = 1_500;

describe('close()', () => {
  it.each(MOMENTS)('$name: start() rejects, and nothing is left open', async ({ faults, reached, state }) => {
    await using trial = await openTrial({ faults });
    const { session, seen } = trial;
    const started = session.start();
    await reached(trial, started);
    expect(session.state).toBe(state);
    await closesSoon(session);
    await expect(started).rejects.toMatchObject({
      code: 'connectionClosed',
      reason: 'closed',
      willRetry: false,
    });
    expect(session.state).toBe('closed');
    expect(seen.closes).toEqual([{ reason: 'closed' }]);
    expect(await trial.socketsLeft()).toBe(0);
    const reported = seen.names.length;
    await trial.service.stop();
    expect(seen.names).toHaveLength(reported);
    expect(trial.dials).toBe(1);
  });

  it.each(LATER_MOMENTS)(
    '$name: the open utterance fails, and nothing is left open',
    async ({ faults, reached, state }) => {
      await using trial = await openTrial({ faults });
      const { session, seen } = trial;
      const started = session.start();
      const there = reached(trial, started);
      await started;
      const utterance = session.speak();
      void utterance.write(tone(20));
      await there;
      expect(session.state).toBe(state);
      await closesSoon(session);
      await expect(utterance.finished).rejects.toMatchObject({
        code: 'connectionClosed',
        reason: 'closed',
        outcome: 'failed',
        reqId: utterance.reqId,
      });
      expect(seen.closes).toEqual([{ reason: 'closed' }]);
      expect(seen.states.at(-1)?.to).toBe('closed');
      expect(await trial.socketsLeft()).toBe(0);
      const reported = seen.names.length;
      await trial.service.stop();
      expect(seen.names).toHaveLength(reported);
    },
  );

  it('before start(): the session never dials', async () => {
    await using trial = await openTrial();
    const { session, seen } = trial;
    await session.close();
    await expect(session.start()).rejects.toMatchObject({ reason: 'closed' });
    await expect(session.init()).rejects.toMatchObject({ reason: 'closed' });
    await expect(session.sendAudio(tone(20))).rejects.toBeInstanceOf(AvatarSDKError);
    await expect(session.speak(tone(20)).finished).rejects.toMatchObject({ reason: 'closed' });
    expect(await session.interrupt()).toBeUndefined();
    expect(seen.states.map(({ to }) => to)).toEqual(['closing', 'closed']);
    expect(seen.closes).toEqual([{ reason: 'closed' }]);
    expect(trial.dials).toBe(0);
  });

  it('twice, at once and later: resolves each time, and emits one close event', async () => {
    await using trial = await openTrial();
    const { session, seen } = trial;
    await session.start();
    await Promise.all([session.close(), session.close(), session.close({ drain: true })]);
    await session.close();
    expect(seen.closes).toHaveLength(1);
  });

  it('in the same turn as start(): no dial is made, and start() rejects', async () => {
    await using trial = await openTrial();
    const { session, seen } = trial;
    const started = session.start();
    await session.close();
    await expect(started).rejects.toMatchObject({ reason: 'closed' });
    expect(seen.closes).toEqual([{ reason: 'closed' }]);
    expect(trial.service.log).toEqual([]);
  });

  it('while init() is fetching: init() rejects, and no token is used', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'hang', phase: 'token' }] });
    const ready = trial.session.init();
    await trial.faultFired();
    await closesSoon(trial.session);
    await expect(ready).rejects.toMatchObject({ reason: 'closed' });
  });

  it('with drain: waits for the open utterances', async () => {
    await using trial = await openTrial({
      pace: 20,
      faults: [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 9 }],
    });
    const { session, seen } = trial;
    await session.start();
    const utterance = session.speak(tone(1_000));
    await session.close({ drain: true });
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 25 });
    expect(seen.framesOf(utterance.reqId).at(-1)?.end).toBe(true);
  });

  it('with drain and a limit: does not wait longer', async () => {
    await using trial = await openTrial();
    const { session } = trial;
    await session.start();
    const utterance = session.speak();
    await utterance.write(tone(100));
    await closesSoon(session, { drain: true, timeoutMs: 30 });
    await expect(utterance.finished).rejects.toMatchObject({ reason: 'closed', outcome: 'failed' });
  });

  it('without drain ends one that drains', async () => {
    await using trial = await openTrial();
    const { session } = trial;
    await session.start();
    await session.sendAudio(tone(100));
    const draining = session.close({ drain: true });
    await closesSoon(session);
    await draining;
    expect(session.state).toBe('closed');
  });

  it('of `await using` leaves no socket and no event after it', async () => {
    await using trial = await openTrial();
    const seen = record(trial.session);
    {
      await using session = trial.session;
      await session.start();
    }
    expect(seen.closes).toEqual([{ reason: 'closed' }]);
    expect(await trial.socketsLeft()).toBe(0);
  });
});

async function closesSoon(
  session: AvatarSession,
  options: Parameters<AvatarSession['close']>[0] = {},
): Promise<void> {
  const startedAtMs = performance.now();
  await session.close(options);
  expect(performance.now() - startedAtMs).toBeLessThan(SOON_MS);
}
