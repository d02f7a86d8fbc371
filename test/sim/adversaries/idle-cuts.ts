/** A proxy between client and service, whose idle time-out is shorter than the heartbeat interval. */
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const idleCuts: Adversary = {
  name: 'idle-cuts',
  trouble: 'connections without traffic for a few seconds are cut',
  change(draws, schedule) {
    const traits = { ...PLAIN_TRAITS, usesEgress: draws.chance(0.2) };
    const speech = { ...PLAIN_SPEECH, chunkBytes: piecesOf(draws.whole(200, 3_000), 5, traits) };
    return {
      ...schedule,
      climate: { ...schedule.climate, idleCutMs: draws.whole(2_000, 4_500) },
      service: withoutLimits(schedule.service),
      sessions: [traits],
      operations: operationsOf(
        0,
        [0, START],
        [draws.ms(500, 20_000), speech],
        [draws.ms(20_000, 60_000), speech],
      ),
      disturbances: [],
      endsAtMs: draws.whole(60_000, 150_000),
    };
  },
};
