/** A service that ends one or more segments before the client has sent its own end. */
import type { Fault } from '../../../src/emulator/index.js';
import { withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

export const earlyEnd: Adversary = {
  name: 'early-end',
  trouble: 'the service ends a segment before the utterance has ended',
  change(draws, schedule) {
    const fault: Fault = {
      kind: 'earlyEnd',
      phase: 'runtime',
      times: draws.chance(0.3) ? 'always' : draws.whole(1, 4),
      afterKeyframes: [0, 40],
    };
    const calm = draws.chance(0.5);
    const usesEgress = draws.chance(0.25);
    return {
      ...schedule,
      service: {
        ...(calm ? withoutLimits(schedule.service) : schedule.service),
        pace: draws.pick<Pace>(['unpaced', 'realtime', 3]),
        playoutSpeed: draws.pick([4, 20]),
      },
      sessions: schedule.sessions.map((traits) => ({
        ...traits,
        usesEgress,
        recovery: traits.recovery === 'tail' && usesEgress ? undefined : traits.recovery,
        replay: calm ? {} : traits.replay,
      })),
      operations: schedule.operations.map((operation) => {
        if (operation.does.kind !== 'speak') return operation;
        return { ...operation, does: { ...operation.does, gapMs: draws.pick([0, draws.ms(1, 300)]) } };
      }),
      disturbances: [{ kind: 'fault', fault }, ...(calm ? [] : schedule.disturbances)],
    };
  },
};
