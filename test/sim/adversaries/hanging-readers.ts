/**
 * Loops over frames that stop reading, or read no faster than the pace of speech. The service sends faster,
 * and sends pings.
 */
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

export const hangingReaders: Adversary = {
  name: 'hanging-readers',
  trouble: 'a loop over frames stops reading them, or reads them at the pace of speech',
  change(draws, schedule) {
    const traits = { ...PLAIN_TRAITS, sampleRate: 8_000, silenceTimeoutMs: draws.pick([4_000, 30_000]) };
    const longMs = draws.whole(20_000, draws.chance(0.3) ? 180_000 : 60_000);
    const long = {
      ...PLAIN_SPEECH,
      chunkBytes: piecesOf(longMs, draws.whole(1, 20), traits),
      by: draws.pick(['speak', 'source'] as const),
      reader: draws.pick(['hanging', 'hanging', 'paced'] as const),
    };
    const short = { ...PLAIN_SPEECH, chunkBytes: piecesOf(draws.whole(100, 3_000), 4, traits) };
    const lossAtMs = draws.ms(3_000, 20_000);
    return {
      ...schedule,
      climate: { ...schedule.climate, servicePingMs: draws.pick([500, 2_000, 20_000]) },
      service: {
        ...withoutLimits(schedule.service),
        keyframesPerMessage: draws.pick([1, 4]),
        pace: draws.pick<Pace>(['unpaced', 20]),
      },
      sessions: [traits],
      operations: operationsOf(
        0,
        [0, START],
        [500, long],
        [draws.ms(1_000, 5_000), short],
        [draws.ms(5_000, 20_000), short],
      ),
      disturbances: draws.chance(0.5)
        ? []
        : [{ kind: 'injected', atMs: lossAtMs, fault: { kind: 'reset', phase: 'runtime' } }],
      endsAtMs: longMs + 60_000,
    };
  },
};
