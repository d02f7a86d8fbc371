/**
 * Many utterances start at once: in the order of their start (in rooms, too), after other utterances, or in
 * parallel.
 */
import type { Overlap } from '../../../src/index.js';
import type { Operation } from '../world/schedule.js';
import { withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

export const crowdedSpeech: Adversary = {
  name: 'crowded-speech',
  trouble: 'several utterances start at once, and the service sends their frames interleaved',
  change(draws, schedule) {
    const calm = draws.chance(0.5);
    const varied = (operation: Operation): Operation => {
      if (operation.does.kind !== 'speak' || operation.does.by === 'sendAudio') return operation;
      const afterBack = draws.chance(0.3) ? draws.whole(1, 3) : undefined;
      const overlap = draws.pick<Overlap | undefined>(['parallel', 'queue', 'queue', undefined, undefined]);
      return {
        ...operation,
        does: {
          ...operation.does,
          ...(overlap !== undefined && { overlap }),
          ...(afterBack !== undefined && { afterBack }),
        },
      };
    };
    return {
      ...schedule,
      service: {
        ...(calm ? withoutLimits(schedule.service) : schedule.service),
        pace: draws.pick<Pace>(['realtime', 3, 10, 'unpaced']),
      },
      operations: schedule.operations.flatMap((operation) => {
        const times = operation.does.kind === 'speak' ? draws.whole(1, 3) : 1;
        return Array.from({ length: times }, () => varied(operation));
      }),
      disturbances: calm ? [] : schedule.disturbances,
    };
  },
};
