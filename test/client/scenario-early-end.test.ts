/**
 * A service that ends segments before the client has sent its end, on real sockets: no keyframe is lost, and
 * the application gets one end.
 */
import { describe, expect, it } from 'vitest';
import { tone } from '../emulator/pcm.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

describe('an end of the service before the end of the request', () => {
  it.each([
    ['', []],
    [
      ', also when the connection is lost after it',
      [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 6 }],
    ],
  ] as const)('is the end of a segment%s', async (_what, drops) => {
    const ends = [3, 10].map(
      (afterKeyframes) => ({ kind: 'earlyEnd', phase: 'runtime', afterKeyframes, times: 2 }) as const,
    );
    const lasts: boolean[] = [];
    await using trial = await openTrial(
      { faults: [...ends, ...drops], keyframesPerMessage: 1 },
      { transportFrames: (_bytes, isLast) => lasts.push(isLast) },
    );
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(1_000);
    const utterance = session.speak();
    await utterance.write(pcm.subarray(0, 16_000));
    while (seen.frames.length < 12) await new Promise((resolve) => session.once('frame', resolve));
    await utterance.end(pcm.subarray(16_000));
    const { outcome } = await utterance.finished;
    expect(outcome).toBe(drops.length === 0 ? 'delivered' : 'replayed');
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
    expect(lasts.map((isLast, at) => isLast === (at === lasts.length - 1))).not.toContain(false);
    expect(trial.service.log.filter(({ event }) => event === 'faultFired').length).toBeGreaterThan(1);
  });
});
