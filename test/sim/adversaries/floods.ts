/** A service that sends a flood of frames for requests that do not exist. */
import type { Fault } from '../../../src/emulator/index.js';
import type { Adversary } from './adversary.js';

export const floods: Adversary = {
  name: 'floods',
  trouble: 'the service sends frames of hundreds of requests that do not exist',
  change(draws, schedule) {
    const fault: Fault = {
      kind: 'foreignFrames',
      phase: 'runtime',
      requests: 'many',
      count: draws.pick([20, 200, 400, 1_000]),
      times: draws.chance(0.5) ? 1 : draws.whole(1, 3),
      afterKeyframes: [0, 20],
    };
    return { ...schedule, disturbances: [{ kind: 'fault', fault }, ...schedule.disturbances] };
  },
};
