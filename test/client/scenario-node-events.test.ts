/** Node's functions for emitters accept a session, without a type cast. */
import { on, once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/index.js';
import { openTrial } from './scenario-support/trial.js';

describe('events.once', () => {
  it('settles with the event, and leaves no listener that could fail', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    await using trial = await openTrial({});
    await trial.session.start();
    const closed = once(trial.session, 'close').then(([info]) => info as unknown);
    const reconnected = once(trial.session, 'reconnect');
    // An event `error` rejects the promise, as with every emitter.
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
  it('yields every event once, and leaves no listener', async () => {
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

  it('rejects for an unknown event', async () => {
    await using trial = await openTrial({});
    await expect(once(trial.session, 'reconect')).rejects.toThrow(/event must be one of/);
    expect(() => on(trial.session, 'frames')).toThrow(RangeError);
  });
});

describe('the events of one utterance', () => {
  it('work with events.once and events.on, which leave no listener', async () => {
    await using trial = await openTrial({});
    const session: Session = trial.session;
    await session.start();
    const utterance = session.speak(new Uint8Array(6_400), { label: 'a' });
    const other = session.speak(new Uint8Array(3_200));
    const started = once(utterance, 'playback');
    const reqIds = new Set<unknown>();
    for await (const [frame] of on(utterance, 'frame')) {
      const { reqId, end } = frame as { reqId: string; end: boolean };
      reqIds.add(reqId);
      if (end) break;
    }
    await expect(started).resolves.toMatchObject([{ state: 'started', label: 'a' }]);
    await other.finished;
    expect([...reqIds]).toEqual([utterance.reqId]);
    expect(utterance.eventNames()).toEqual([]);
  });

  it('make events.once reject with its error', async () => {
    await using trial = await openTrial({});
    await trial.session.start();
    const utterance = trial.session.speak();
    const frame = expect(once(utterance, 'frame')).rejects.toMatchObject({
      outcome: 'failed',
      reqId: utterance.reqId,
    });
    await trial.session.close();
    await frame;
  });

  it('have the listener methods of an emitter', async () => {
    await using trial = await openTrial({});
    await trial.session.start();
    const utterance = trial.session.speak(new Uint8Array(640));
    const called: string[] = [];
    const last = (): void => void called.push('last');
    utterance
      .addListener('frame', last)
      .prependListener('frame', () => called.push('second'))
      .prependOnceListener('frame', () => called.push('first'))
      .on('playback', last);
    expect(utterance.listenerCount('frame')).toBe(3);
    expect(utterance.listeners('frame').at(-1)).toBe(last);
    expect(utterance.removeAllListeners('playback').eventNames()).toEqual(['frame']);
    await utterance.finished;
    expect(called.slice(0, 3)).toEqual(['first', 'second', 'last']);
    expect(utterance.removeAllListeners().listenerCount('frame')).toBe(0);
    expect(() => utterance.emit('frame')).toThrow(TypeError);
    expect(() => utterance.on('close' as 'frame', last)).toThrow(RangeError);
  });
});
