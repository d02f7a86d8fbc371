/** The life of a session, step by step; every order of the steps is explored in test/model/session.test.ts. */
import { describe, expect, it } from 'vitest';
import { AvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import {
  IDLE,
  confirmed,
  drainErrorOf,
  draining,
  endOf,
  ending,
  isEnded,
  isFailure,
  isStarted,
  mayRestart,
  over,
  started,
  stopped,
  wasConfirmed,
} from '../../../src/core/session/session-life.js';
import type { Life, SessionEnd } from '../../../src/core/session/session-life.js';

function errorWith(message: string): AvatarSDKError {
  return new AvatarSDKError({ code: 'connectionClosed', phase: 'session_token', step: 'request', message });
}

const END: SessionEnd = { reason: 'closed', error: errorWith('closed') };
const LATER_END: SessionEnd = { reason: 'failed', error: errorWith('failed') };
const DRAIN = errorWith('draining');
const STARTING = started(IDLE);
const OPEN = confirmed(STARTING);

const LIVES: readonly (readonly [string, Life])[] = [
  ['idle', IDLE],
  ['starting', STARTING],
  ['open', OPEN],
  ['draining before the start', draining(IDLE, DRAIN)],
  ['draining while it starts', draining(STARTING, DRAIN)],
  ['draining', draining(OPEN, DRAIN)],
  ['ending', ending(OPEN, END)],
  ['ending before the start', ending(IDLE, END)],
  ['ending, stopped', stopped(ending(OPEN, END))],
  ['over', over(ending(OPEN, END))],
];
const ENDED = LIVES.filter(([name]) => name.startsWith('ending') || name === 'over');
const GOING_ON = LIVES.filter((one) => !ENDED.includes(one));

describe('the life of a session', () => {
  it('is open after a start and a confirmation', () => {
    expect([IDLE, STARTING, OPEN].map(({ stage }) => stage)).toEqual(['idle', 'starting', 'open']);
    expect([started(STARTING), started(OPEN), confirmed(OPEN)]).toEqual([STARTING, OPEN, OPEN]);
    expect(confirmed(IDLE), 'no connection comes before the start').toBe(IDLE);
  });

  it('keeps its progress while it drains', () => {
    const drained = draining(IDLE, DRAIN);
    expect([drained, started(drained), confirmed(started(drained))].map(isStarted)).toEqual([
      false,
      true,
      true,
    ]);
    expect([started(drained), confirmed(started(drained))].map(wasConfirmed)).toEqual([false, true]);
    expect(confirmed(drained)).toBe(drained);
    expect(started(draining(OPEN, DRAIN))).toEqual({ stage: 'draining', progress: 'open', error: DRAIN });
    expect(draining(draining(OPEN, DRAIN), errorWith('again'))).toEqual(draining(OPEN, DRAIN));
  });

  it.each(GOING_ON)('%s: lasts until it ends', (_name, life) => {
    expect([endOf(life), isEnded(life), stopped(life), over(life)]).toEqual([undefined, false, life, life]);
    const ended = ending(life, END);
    expect([endOf(ended), isEnded(ended), wasConfirmed(ended)]).toEqual([END, true, false]);
    expect(isStarted(ended), 'whether the loop has to come to its end').toBe(isStarted(life));
    expect(ended).toMatchObject({ stage: 'ending', stopped: false });
  });

  it.each(ENDED)('%s: keeps its end, and no further event has an effect', (_name, life) => {
    expect([started(life), confirmed(life), draining(life, DRAIN)]).toEqual([life, life, life]);
    expect(ending(life, LATER_END)).toBe(life);
    expect([endOf(life), drainErrorOf(life), wasConfirmed(life)]).toEqual([END, undefined, false]);
  });

  it('is over after it has stopped', () => {
    expect(over(stopped(ending(OPEN, END)))).toEqual({ stage: 'over', end: END });
    expect(stopped(ending(OPEN, END))).toMatchObject({ stage: 'ending', stopped: true });
    expect(isStarted(over(ending(OPEN, END)))).toBe(false);
  });

  it.each<readonly [SessionEnd, boolean]>([
    [END, false],
    [{ ...END, reason: 'ended' }, false],
    [{ ...END, reason: 'aborted' }, false],
    [{ ...END, reason: 'aborted', timedOut: true }, true],
    [LATER_END, true],
  ])('is a failure or not: %j', (end, expected) => {
    expect(isFailure(end)).toBe(expected);
  });

  it.each<readonly [SessionEnd, boolean]>([
    [{ ...END, reason: 'closed' }, false],
    [{ ...END, reason: 'aborted' }, false],
    [{ ...END, reason: 'aborted', timedOut: true }, true],
    [{ ...END, reason: 'ended' }, true],
    [LATER_END, true],
  ])('can be followed by a restart or not: %j', (end, expected) => {
    expect(mayRestart(end)).toBe(expected);
  });

  it('gives a reason to refuse a new utterance only while it drains', () => {
    expect(LIVES.filter(([, life]) => drainErrorOf(life) === DRAIN).map(([name]) => name)).toEqual([
      'draining before the start',
      'draining while it starts',
      'draining',
    ]);
  });
});
