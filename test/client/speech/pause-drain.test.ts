/** The effect of a close with drain on a paused session. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { SECOND, stage } from './paused-stage.js';

afterEach(() => AvatarSession.closeAll());

describe('close({ drain: true }) of a paused session', () => {
  it.each([
    ['resumes it, so that its open utterances finish', undefined],
    ['resumes it on request', 'resume'],
  ] as const)('%s', async (_what, whenPaused) => {
    const world = await stage();
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    await world.session.pause();
    world.animate(2, { end: true });
    await world.session.close({ drain: true, ...(whenPaused !== undefined && { whenPaused }) });
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 2 });
    expect(world.clock.nowMs()).toBe(0);
  });

  it('interrupts all utterances at once on request', async () => {
    const world = await stage();
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    await world.session.pause();
    await world.session.close({ drain: true, whenPaused: 'interrupt' });
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
    expect([world.clock.nowMs(), world.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('does not interrupt a session that is not paused', async () => {
    const world = await stage();
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    const closed = world.session.close({ drain: true, whenPaused: 'interrupt' });
    world.animate(1, { end: true });
    await closed;
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('refuses a pause meanwhile, because the drain would never end', async () => {
    const world = await stage();
    const utterance = world.session.speak(SECOND);
    await world.clock.settle();
    const closed = world.session.close({ drain: true });
    await expect(world.session.pause()).rejects.toMatchObject({ code: 'connectionClosed', reason: 'closed' });
    world.animate(1, { end: true });
    await closed;
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });

  it('refuses a new utterance', async () => {
    const world = await stage();
    await expect(world.session.close({ whenPaused: 'wait' as never })).rejects.toThrow(
      'whenPaused must be one of resume, interrupt',
    );
  });
});
