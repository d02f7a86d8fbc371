/** Counts what happens at one moment: a timer that sets itself again without a delay takes the whole processor, and nothing else is wrong. */
import type { Check } from './check.js';

/** A world of hundreds of sessions that are cut together has fewer than a tenth of that. */
const MOST_STEPS_AT_A_MOMENT = 20_000;

export const timeGoesOn: Check = {
  name: 'time-goes-on',
  rule: `at most ${MOST_STEPS_AT_A_MOMENT} things happen at one moment`,
  watch({ time }, violated) {
    let atMs = -1;
    let steps = 0;
    return {
      step() {
        if (time.nowMs > atMs) {
          atMs = time.nowMs;
          steps = 0;
        }
        steps += 1;
        if (steps > MOST_STEPS_AT_A_MOMENT)
          violated(`time stands still: more than ${steps - 1} things happen`);
      },
    };
  },
};
