import { describe, expect, it } from 'vitest';
import { attemptStarted, elapsedMs, requestFailed } from '../../../src/core/policy/outage.js';
import type { Outage, RequestRun } from '../../../src/core/policy/outage.js';

const STABLE_AFTER_MS = 5_000;

const run = (sentAtMs: number, aliveUntilMs: number, hadNewKeyframes: boolean): RequestRun => ({
  sentAtMs,
  aliveUntilMs,
  hadNewKeyframes,
});

/** The history of a request that failed first at 1 s and was sent again at 2 s. */
function sentAgain(): Outage {
  return attemptStarted(requestFailed(undefined, run(0, 1_000, true), 1_000, STABLE_AFTER_MS), 2_000);
}

describe('the history of the failures of a request', () => {
  it('begins with the first failure and one attempt, also after a run that worked for long', () => {
    const history = requestFailed(undefined, run(0, 60_000, true), 60_000, STABLE_AFTER_MS);
    expect(history).toMatchObject({ attempts: 1, startedAtMs: 60_000, lastAttemptAtMs: 60_000 });
    expect(elapsedMs(history, 60_500)).toBe(500);
  });

  it('continues after a run without new keyframes, of any duration', () => {
    const history = requestFailed(sentAgain(), run(2_000, 60_000, false), 60_000, STABLE_AFTER_MS);
    expect(history).toEqual(sentAgain());
    expect(elapsedMs(history, 60_000)).toBe(59_000);
  });

  it('begins again after a run that had new keyframes for stableAfterMs', () => {
    const history = requestFailed(sentAgain(), run(2_000, 7_000, true), 9_000, STABLE_AFTER_MS);
    expect(history).toMatchObject({ attempts: 1, startedAtMs: 9_000, workedMs: 0 });
  });

  it('continues after a shorter run, and does not count the time in which that run worked', () => {
    const history = requestFailed(sentAgain(), run(2_000, 6_999, true), 9_000, STABLE_AFTER_MS);
    expect(history).toMatchObject({ attempts: 2, startedAtMs: 1_000, workedMs: 4_999 });
    expect(elapsedMs(history, 9_000)).toBe(3_001);
  });

  it('adds the working time of one short run to that of the next', () => {
    const once = attemptStarted(
      requestFailed(sentAgain(), run(2_000, 4_000, true), 5_000, STABLE_AFTER_MS),
      6_000,
    );
    const twice = requestFailed(once, run(6_000, 9_000, true), 9_000, STABLE_AFTER_MS);
    expect(twice).toMatchObject({ attempts: 3, workedMs: 5_000 });
  });

  it('subtracts no time for a run that received no message', () => {
    const history = requestFailed(sentAgain(), run(2_000, 1_500, true), 3_000, STABLE_AFTER_MS);
    expect(history.workedMs).toBe(0);
  });

  it('begins again after every run with new keyframes if stableAfterMs is 0', () => {
    expect(requestFailed(sentAgain(), run(2_000, 2_000, true), 2_000, 0)).toMatchObject({ attempts: 1 });
  });
});
