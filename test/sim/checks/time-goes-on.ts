/**
 * Counts the steps at one moment. A timer that starts itself again without a delay uses the whole processor,
 * and no other check detects this.
 */
import type { Check } from './check.js';

/** A world of hundreds of sessions that are cut together has fewer than a tenth of these steps. */
const MOST_STEPS_AT_A_MOMENT = 20_000;

export const timeGoesOn: Check = {
  name: 'time-goes-on',
  rule: `at most ${MOST_STEPS_AT_A_MOMENT} steps at one moment`,
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
        if (steps > MOST_STEPS_AT_A_MOMENT) violated(`time does not advance: more than ${steps - 1} steps`);
      },
    };
  },
};
