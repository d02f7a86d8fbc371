/** The methods of an emitter, which functions of Node use, on a session that was not started. */
import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSession } from '../../../src/index.js';

const idle = (): AvatarSession => newAvatarSession({ apiKey: 'a-key', appId: 'app', avatarId: 'avatar' });

describe('the listeners of a session', () => {
  it('are called in order, prepended ones first', async () => {
    const session = idle();
    const called: string[] = [];
    const listeners = ['a', 'b', 'c', 'd'].map((name) => () => void called.push(name));
    const [a = vi.fn(), b = vi.fn(), c = vi.fn(), d = vi.fn()] = listeners;
    session
      .prependListener('close', a)
      .on('close', b)
      .prependOnceListener('close', c)
      .prependListener('close', d);
    expect(session.listeners('close')).toEqual([d, c, a, b]);
    await session.close();
    expect(called).toEqual(['d', 'c', 'a', 'b']);
    expect(session.rawListeners('close')).toEqual([d, a, b]);
  });

  it('that are prepended during the delivery of an event get only the next event, and none is called twice', async () => {
    const session = idle();
    const calls: string[] = [];
    session.once('state', () => {
      calls.push('first');
      session.prependListener('state', () => calls.push('late'));
    });
    session.on('state', ({ to }) => calls.push(to));
    await session.close();
    expect(calls).toEqual(['first', 'closing', 'late', 'closed']);
  });

  it('can be counted, listed and removed', () => {
    const session = idle();
    const heard = (): void => undefined;
    session.on('state', heard).once('state', heard).on('close', heard);
    expect([session.listenerCount('state'), session.listenerCount('state', heard)]).toEqual([2, 2]);
    expect([session.listenerCount('close', () => undefined), session.listenerCount('retry')]).toEqual([0, 0]);
    expect(session.eventNames()).toEqual(['state', 'close']);
    expect(getEventListeners(session, 'close')).toEqual([heard]);
    expect(session.removeAllListeners('state').eventNames()).toEqual(['close']);
    expect(session.removeAllListeners().eventNames()).toEqual([]);
    expect([session.setMaxListeners(1).getMaxListeners(), session]).toEqual([0, session]);
    expect(() => session.emit('close')).toThrow(TypeError);
    expect(() => session.removeAllListeners('frames' as 'frame')).toThrow(RangeError);
  });
});
