/** Node's own functions for emitters work with a session, without a cast. */
import { on, once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { openTrial } from './scenario-support/trial.js';

describe('events.once', () => {
  it('settles with the event, and leaves no handler behind that fails', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    await using trial = await openTrial({});
    await trial.session.start();
    const closed = once(trial.session, 'close').then(([info]) => info as unknown);
    const reconnected = once(trial.session, 'reconnect');
    // An event `error` rejects it, as with every emitter.
    trial.service.inject({ kind: 'reset', phase: 'runtime' });
    await expect(reconnected).rejects.toMatchObject({ code: 'connectionClosed' });
    await expect(closed).rejects.toMatchObject({ code: 'connectionClosed' });
    const end = once(trial.session, 'close');
    await trial.session.close();
    await expect(end).resolves.toMatchObject([{ reason: 'closed' }]);
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('events.on', () => {
  it('gives every event once, and leaves no listener behind', async () => {
    await using trial = await openTrial({});
    await trial.session.start();
    const frames: unknown[] = [];
    const utterance = trial.session.speak(new Uint8Array(3_200));
    for await (const [frame] of on(trial.session, 'frame')) {
      const { index, end } = frame as { index: number; end: boolean };
      frames.push(index);
      if (end) break;
    }
    await utterance.finished;
    expect(frames).toEqual(frames.toSorted());
    expect(new Set(frames).size).toBe(frames.length);
    expect(frames.length).toBeGreaterThan(1);
  });

  it('works with addListener and removeListener', async () => {
    await using trial = await openTrial({});
    const heard = vi.fn();
    const session = trial.session.addListener('state', heard);
    expect(session).toBe(trial.session);
    await session.start();
    const calls = heard.mock.calls.length;
    expect(calls).toBeGreaterThan(1);
    await session.removeListener('state', heard).close();
    expect(heard).toHaveBeenCalledTimes(calls);
  });

  it('rejects for what is no event', async () => {
    await using trial = await openTrial({});
    await expect(once(trial.session, 'reconect')).rejects.toThrow(/event must be one of/);
    expect(() => on(trial.session, 'frames')).toThrow(RangeError);
  });
});
