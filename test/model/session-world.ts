/**
 * The life of a session (`session-life.ts`) together with the reaction of its owner: the connection loop,
 * what is stopped, and when everything is released. The steps are those of the session, in the same order.
 */
import { expect } from 'vitest';
import { AvatarSDKError } from '../../src/core/failure/avatar-sdk-error.js';
import {
  IDLE,
  confirmed,
  drainErrorOf,
  draining,
  endOf,
  ending,
  isEnded,
  isStarted,
  over,
  started,
  stopped,
  wasConfirmed,
} from '../../src/core/session/session-life.js';
import type { Life, SessionEnd } from '../../src/core/session/session-life.js';
import type { Model } from './breadth-first.js';

export const STEPS = [
  'start',
  'confirm',
  'drain',
  'drain again',
  'give up',
  'close',
  'abort',
  'loop over',
  'loop ended normally',
  'loop failed',
  'released',
] as const;
type Step = (typeof STEPS)[number];

export interface SessionWorld {
  readonly life: Life;
  readonly loop: 'none' | 'runs' | 'ended';
  /** How often the work of the session was stopped. The first stop aborts the signal of the session. */
  readonly stops: number;
  /** Whether the session waits for its sockets, which is its last step. */
  readonly releasing: boolean;
  readonly confirmedOnce: boolean;
  /** The first end and the first drain. They must not change. */
  readonly firstEnd: SessionEnd['reason'] | undefined;
  readonly firstDrain: AvatarSDKError | undefined;
}

const errors = new Map<string, AvatarSDKError>();

function errorOf(message: string): AvatarSDKError {
  const code = 'connectionClosed';
  const known = errors.get(message);
  if (known !== undefined) return known;
  const error = new AvatarSDKError({ code, phase: 'session_token', step: 'request', message });
  errors.set(message, error);
  return error;
}

function endFor(reason: SessionEnd['reason']): SessionEnd {
  return { reason, error: errorOf(reason) };
}

function withLife(world: SessionWorld, life: Life): SessionWorld {
  return { ...world, life, firstEnd: world.firstEnd ?? endOf(life)?.reason };
}

function stop(world: SessionWorld): SessionWorld {
  return { ...world, life: stopped(world.life), stops: world.stops + 1 };
}

/**
 * An end from outside stops the work at once. The loop ends by itself; without a loop, there is nothing to
 * wait for.
 */
function end(world: SessionWorld, reason: SessionEnd['reason']): SessionWorld {
  const before = world.life;
  if (isEnded(before)) return world;
  const next = stop(withLife(world, ending(before, endFor(reason))));
  return isStarted(before) ? next : { ...next, releasing: true };
}

function loopEnded(world: SessionWorld, reason: SessionEnd['reason']): SessionWorld {
  if (world.loop !== 'runs') return world;
  const next = withLife({ ...world, loop: 'ended' }, ending(world.life, endFor(reason)));
  const isStopped = next.life.stage === 'ending' && next.life.stopped;
  return { ...(isStopped ? next : stop(next)), releasing: true };
}

function drain(world: SessionWorld, message: string): SessionWorld {
  const life = draining(world.life, errorOf(message));
  return { ...world, life, firstDrain: world.firstDrain ?? drainErrorOf(life) };
}

function apply(world: SessionWorld, step: Step): SessionWorld {
  const { life, loop, stops } = world;
  switch (step) {
    case 'start': {
      const next = started(life);
      return next === life ? world : { ...world, life: next, loop: 'runs' };
    }
    case 'confirm':
      // If the session has ended, the loop closes a connection that is confirmed afterwards.
      return loop !== 'runs' || isEnded(life)
        ? world
        : { ...world, life: confirmed(life), confirmedOnce: true };
    case 'drain':
    case 'drain again':
      return drain(world, step);
    case 'give up':
      // The loop fails, and ends a little later. The application can make any call in between.
      return loop === 'runs' && stops === 0 ? withLife(world, ending(life, endFor('failed'))) : world;
    case 'close':
      return end(world, 'closed');
    case 'abort':
      return wasConfirmed(life) ? world : end(world, 'aborted');
    case 'loop over':
      // The loop ends in this way only if something has ended the session.
      return isEnded(life) ? loopEnded(world, 'failed') : world;
    case 'loop ended normally':
      return loopEnded(world, 'ended');
    case 'loop failed':
      return loopEnded(world, 'failed');
    case 'released':
      return world.releasing ? { ...world, life: over(life), releasing: false } : world;
  }
}

function check(world: SessionWorld): void {
  const { life, loop, stops, releasing, confirmedOnce, firstEnd, firstDrain } = world;
  expect(stops, 'the work is stopped at most once').toBeLessThanOrEqual(1);
  expect(endOf(life)?.reason, 'the first end stays').toBe(firstEnd);
  expect([undefined, firstDrain], 'the first drain stays').toContain(drainErrorOf(life));
  expect(isStarted(life), 'the session has started exactly if the loop has').toBe(
    loop !== 'none' && life.stage !== 'over',
  );
  expect(wasConfirmed(life), 'its first connection is recorded').toBe(confirmedOnce && !isEnded(life));
  if (life.stage === 'ending') expect(life.stopped).toBe(stops === 1);
  if (!isEnded(life)) expect([stops, releasing]).toEqual([0, false]);
  if (releasing) expect([loop === 'runs', stops], 'no loop, and stopped').toEqual([false, 1]);
  if (life.stage === 'over') expect([loop === 'runs', stops, releasing]).toEqual([false, 1, false]);
  // In any state, a close leads to the end as soon as the loop has ended.
  const closed = (['close', 'loop over', 'released'] as const).reduce(apply, world);
  expect(closed.life.stage, 'close() leads to the end').toBe('over');
}

function key({ life, firstDrain, firstEnd, ...rest }: SessionWorld): string {
  const progress = 'progress' in life ? life.progress : '';
  const isStopped = life.stage === 'ending' && life.stopped;
  return JSON.stringify([life.stage, progress, isStopped, firstDrain?.message, firstEnd, rest]);
}

export const sessionLives: Model<SessionWorld, Step> = {
  initial: () => ({
    life: IDLE,
    loop: 'none',
    stops: 0,
    releasing: false,
    confirmedOnce: false,
    firstEnd: undefined,
    firstDrain: undefined,
  }),
  actions: () => STEPS,
  apply,
  check,
  key,
};
