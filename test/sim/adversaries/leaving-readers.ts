/**
 * An application that gets frames only by loops, which end early, hang, or read slowly. The service sends
 * faster than speech.
 */
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

export const leavingReaders: Adversary = {
  name: 'leaving-readers',
  trouble: 'frames go to loops only, and a loop ends early, hangs or is slow before it has read all of them',
  change(draws, schedule) {
    const traits = { ...PLAIN_TRAITS, sampleRate: 8_000, loopsOnly: true };
    const speech = () => ({
      ...PLAIN_SPEECH,
      chunkBytes: piecesOf(draws.whole(200, 4_000), 4, traits),
      by: draws.pick(['speak', 'source'] as const),
      reader: draws.pick(['loop', 'slow', 'leaving', 'leaving', 'paced', 'hanging'] as const),
    });
    return {
      ...schedule,
      service: {
        ...withoutLimits(schedule.service),
        keyframesPerMessage: draws.pick([1, 4]),
        pace: draws.pick<Pace>(['unpaced', 20, 'realtime']),
      },
      sessions: [traits],
      operations: operationsOf(
        0,
        [0, START],
        ...[500, draws.ms(500, 6_000), draws.ms(500, 20_000)].map((atMs) => [atMs, speech()] as const),
        ...(draws.chance(0.3) ? [[draws.ms(500, 20_000), { kind: 'interruptAll' }] as const] : []),
        ...(draws.chance(0.3) ? [[draws.ms(3_000, 20_000), { kind: 'pause' }] as const] : []),
        [22_000, { kind: 'resume' }],
        ...(draws.chance(0.3)
          ? [[25_000, { kind: 'close', drainTimeoutMs: draws.pick([undefined, 9_000]) }] as const]
          : []),
      ),
      disturbances: draws.chance(0.5)
        ? []
        : [{ kind: 'injected', atMs: draws.ms(500, 9_000), fault: { kind: 'reset', phase: 'runtime' } }],
      endsAtMs: 90_000,
    };
  },
};
