/**
 * Every fault plan of the emulator with every preset, with frames and in a room. The expected outcomes are in
 * outcome-table.ts. `npm test` runs the first seed of each plan. `npm run prove -- searches` runs all seeds,
 * and checks that they show every outcome of the table.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RETRY_PRESETS } from '../../../src/core/policy/retry-presets.js';
import { RETRY_PRESET_NAMES } from '../../../src/core/policy/rule.js';
import { FAULT_PLANS } from '../../../src/emulator/index.js';
import type { FaultPlanName } from '../../../src/emulator/index.js';
import { searched } from '../../support/search.js';
import { ACCEPTED_REASONS } from './accepted-reasons.js';
import type { AcceptedReason } from './accepted-reasons.js';
import { OUTCOMES } from './outcome-table.js';
import type { Delivery } from './outcome-table.js';
import { speechUnderFaults } from './speech-under-faults.js';
import type { SpeechUnderFaults } from './speech-under-faults.js';

const PLANS = Object.keys(FAULT_PLANS) as FaultPlanName[];
const DELIVERIES = Object.keys(OUTCOMES) as Delivery[];
/** Seeds from 1 to 90 that together show every possible outcome. */
const SEEDS: Readonly<Record<FaultPlanName, readonly number[]>> = {
  none: [1],
  demo: [1, 2, 3, 63],
  chaos: [1, 2, 3, 9, 22, 23, 37],
  flap: [1, 2, 3, 4, 5],
  overload: [1, 2],
  rollingDeploy: [1, 2, 3, 4, 5],
  deaf: [1, 2, 3],
};

/**
 * A generous limit for busy machines. A world that is still running after its test would share the memory for
 * re-sends with the next one.
 */
const WITHIN_MS = 120_000;

describe('the table', () => {
  it.each(DELIVERIES)('has a cell for every fault plan and every preset (%s)', (delivery) => {
    const table = OUTCOMES[delivery];
    expect(Object.keys(table).sort()).toEqual([...PLANS].sort());
    for (const plan of PLANS) expect(Object.keys(table[plan]).sort()).toEqual([...RETRY_PRESET_NAMES].sort());
  });
});

describe.each(DELIVERIES)('half a minute of speech (%s)', (delivery) => {
  const table = PLANS.flatMap((plan) =>
    RETRY_PRESET_NAMES.map((preset) => ({ plan, preset, ...OUTCOMES[delivery][plan][preset] })),
  );
  // With `npm test` every second cell, and the other cells with the next delivery.
  const rest = DELIVERIES.indexOf(delivery) % 2;
  const cells = searched(
    table,
    table.filter((_cell, index) => index % 2 === rest),
  );

  it.each(cells)('$plan with $preset: $because', { timeout: WITHIN_MS }, async ({ plan, preset, ends }) => {
    const seen: unknown[] = [];
    const seeds = SEEDS[plan].slice(0, searched(Infinity, 1));
    for (const seed of seeds) {
      const speech = await speechUnderFaults(plan, preset, delivery, seed);
      expect(speech.run.violation).toBeUndefined();
      expect(ends, `seed ${seed}`).toContainEqual(speech.end);
      for (const { reason, atMs } of reasonsOf(speech)) {
        const { sentence, isTrue } = ACCEPTED_REASONS[reason];
        const account = { entries: speech.run.entries, policy: RETRY_PRESETS[preset], atMs };
        expect(isTrue(account), `seed ${seed}: ${sentence}`).toBe(true);
      }
      seen.push(speech.end);
    }
    const unseen = searched(ends, []).filter((end) => !seen.some((one) => isDeepStrictEqual(one, end)));
    expect(unseen, 'an outcome that no seed shows').toEqual([]);
  });
});

function reasonsOf({ end, speechOverAtMs, gaveUpAtMs }: SpeechUnderFaults): {
  readonly reason: AcceptedReason;
  readonly atMs: number;
}[] {
  const session = gaveUpAtMs ?? 0;
  if (end.speech === 'givenUp') return [{ reason: end.reason, atMs: session }];
  if (end.speech !== 'expired') return [];
  const expired = { reason: 'wordsTooOld', atMs: speechOverAtMs } as const;
  return end.session === 'open' ? [expired] : [expired, { reason: end.session.reason, atMs: session }];
}
