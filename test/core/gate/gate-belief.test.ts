/** The minimum interval between the starts of dials. */
import { expect, it } from 'vitest';
import { DEFAULT_GATE_NUMBERS } from '../../../src/core/gate/gate-health.js';
import { paceAllowsAtMs, paced, UNPACED } from '../../../src/core/gate/gate-belief.js';

/** The start times of `count` dials that are requested at `nowMs`. */
function startsAtMs(count: number, paceBurst: number, nowMs: number): number[] {
  const numbers = { ...DEFAULT_GATE_NUMBERS, paceBurst, paceIntervalMs: 6 };
  const starts: number[] = [];
  for (let pace = UNPACED; starts.length < count;) {
    const atMs = Math.max(paceAllowsAtMs(pace, numbers), nowMs);
    starts.push(atMs);
    pace = paced(pace, numbers, atMs);
  }
  return starts;
}

it.each([
  { burst: 1, starts: [100, 106, 112, 118] },
  { burst: 2, starts: [100, 100, 106, 112] },
  { burst: 3, starts: [100, 100, 100, 106] },
])('a burst of $burst at once, then one per interval', ({ burst, starts }) => {
  expect(startsAtMs(4, burst, 100)).toEqual(starts);
});

it('a pause allows no more than one burst', () => {
  const numbers = { ...DEFAULT_GATE_NUMBERS, paceBurst: 2, paceIntervalMs: 6 };
  const once = paced(UNPACED, numbers, 0);
  const afterPause = paced(paced(once, numbers, 1_000), numbers, 1_000);
  expect(paceAllowsAtMs(afterPause, numbers)).toBe(1_006);
});
