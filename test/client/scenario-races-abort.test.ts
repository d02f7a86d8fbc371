/**
 * The signal of `start()`: it ends a dial at any moment. When the dial is over it has no effect, and no listener is
 * left on it.
 */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { AvatarSession } from '../../src/index.js';
import { MOMENTS } from './scenario-support/moments.js';
import { next } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('the signal of start()', () => {
  it.each(MOMENTS)('$name: aborting it ends the session', async ({ faults, reached, state }) => {
    await using trial = await openTrial({ faults });
    const { session, seen } = trial;
    const controller = new AbortController();
    const { signal } = controller;
    const started = session.start({ signal });
    await reached(trial, started);
    expect(session.state).toBe(state);
    expect(listeners(signal)).toBe(1);
    controller.abort(new Error('the user has left'));
    await expect(started).rejects.toMatchObject({
      code: 'connectionClosed',
      reason: 'aborted',
      willRetry: false,
    });
    expect(listeners(signal)).toBe(0);
    expect(session.state).toBe('closed');
    expect(seen.closes).toMatchObject([{ reason: 'aborted', error: { reason: 'aborted' } }]);
    expect(await trial.socketsLeft()).toBe(0);
    const reported = seen.names.length;
    await session.close();
    await trial.service.stop();
    expect(seen.names).toHaveLength(reported);
    expect(trial.dials).toBe(1);
  });

  it('that is already aborted prevents the dial', async () => {
    await using trial = await openTrial();
    const signal = AbortSignal.abort();
    await expect(trial.session.start({ signal })).rejects.toMatchObject({ reason: 'aborted' });
    expect(listeners(signal)).toBe(0);
    expect(trial.seen.closes).toMatchObject([{ reason: 'aborted' }]);
    expect(trial.service.log).toEqual([]);
  });

  it('that is aborted in the same turn as start() prevents the dial', async () => {
    await using trial = await openTrial();
    const controller = new AbortController();
    const started = trial.session.start({ signal: controller.signal });
    controller.abort();
    await expect(started).rejects.toMatchObject({ reason: 'aborted' });
    expect(listeners(controller.signal)).toBe(0);
    expect(trial.service.log).toEqual([]);
  });

  it('has no listener and no effect after start() has resolved', async () => {
    await using trial = await openTrial();
    const controller = new AbortController();
    await trial.session.start({ signal: controller.signal });
    expect(listeners(controller.signal)).toBe(0);
    controller.abort();
    expect(trial.session.state).toBe('websocket_runtime');
  });

  it('has no listener when the first connect has failed', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'refuse', phase: 'upgrade', status: 402 }] });
    const controller = new AbortController();
    await expect(trial.session.start({ signal: controller.signal })).rejects.toMatchObject({
      reason: 'rule',
    });
    expect(listeners(controller.signal)).toBe(0);
  });

  it('of a second start() has an effect, too, while neither has resolved', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'hang', phase: 'token' }] });
    const { session } = trial;
    const first = new AbortController();
    const second = new AbortController();
    const both = [session.start({ signal: first.signal }), session.start({ signal: second.signal })];
    await trial.faultFired();
    second.abort();
    for (const started of both) await expect(started).rejects.toMatchObject({ reason: 'aborted' });
    expect(listeners(first.signal) + listeners(second.signal)).toBe(0);
    expect(trial.dials).toBe(1);
  });

  it('has no effect in a start() after the first one has resolved, while the session reconnects', async () => {
    const hint = { 'Retry-After': '60' };
    await using trial = await openTrial({
      faults: [
        { kind: 'close', phase: 'runtime', nth: 1, afterMs: 20, code: 4503 },
        { kind: 'refuse', phase: 'token', nth: 2, status: 503, headers: hint },
      ],
    });
    const { session } = trial;
    const connectionId = await session.start();
    await hinted(session);
    const late = new AbortController();
    expect(await session.start({ signal: late.signal })).toBe(connectionId);
    expect(listeners(late.signal)).toBe(0);
    late.abort();
    expect(session.state).toBe('waiting');
  });
});

async function hinted(session: AvatarSession): Promise<void> {
  while ((await next(session, 'retry')).source !== 'hint');
}
