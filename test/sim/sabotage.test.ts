/**
 * The checks can fail: each defect that a wrapper puts into a world is noticed within 300 schedules. `npm test` shows it for every
 * eighth defect, `npm run prove -- searches` for all.
 */
import { describe, expect, it } from 'vitest';
import { searched } from '../support/search.js';
import { ALL_ADVERSARIES } from './adversaries/all-adversaries.js';
import { ALL_CHECKS } from './checks/all-checks.js';
import { runSeeds } from './run/run-seeds.js';
import { ALL_SABOTAGES } from './sabotage/all-sabotages.js';

/** Only says when it will never be noticed: most are within a few schedules. */
const WITHIN_MS = 120_000;

const SHOWN = ALL_SABOTAGES.filter((_sabotage, index) => index % searched(1, 8) === searched(0, 4));

describe('a sabotage', () => {
  it.each(SHOWN)('is noticed: $name', { timeout: WITHIN_MS }, async (sabotage) => {
    const { violations } = await runSeeds(
      { from: 1, count: 300, stops: true, adversary: sabotage.adversary },
      sabotage,
    );
    expect(sabotage.noticedBy).toContain(violations[0]?.check);
  });

  it('is there for every adversary', () => {
    const proved = new Set(ALL_SABOTAGES.map(({ adversary }) => adversary));
    expect(ALL_ADVERSARIES.map(({ name }) => name).filter((name) => !proved.has(name))).toEqual([]);
  });

  it('is noticed by every check, in turn', () => {
    const proved = new Set(ALL_SABOTAGES.flatMap(({ noticedBy }) => noticedBy));
    expect(ALL_CHECKS.map(({ name }) => name).filter((name) => !proved.has(name))).toEqual([]);
  });
});
