/**
 * The checks can fail: they detect each defect that a wrapper adds to a world, within 300 schedules. `npm
 * test` runs every eighth defect, `npm run prove -- searches` all of them.
 */
import { describe, expect, it } from 'vitest';
import { searched } from '../support/search.js';
import { ALL_ADVERSARIES } from './adversaries/all-adversaries.js';
import { ALL_CHECKS } from './checks/all-checks.js';
import { runSeeds } from './run/run-seeds.js';
import { ALL_SABOTAGES } from './sabotage/all-sabotages.js';

/** The limit is only for defects that are not detected. Most are detected within a few schedules. */
const WITHIN_MS = 120_000;

const SHOWN = ALL_SABOTAGES.filter((_sabotage, index) => index % searched(1, 8) === searched(0, 1));

describe('a sabotage', () => {
  it.each(SHOWN)('is noticed: $name', { timeout: WITHIN_MS }, async (sabotage) => {
    const { violations } = await runSeeds(
      { from: 1, count: 300, stops: true, adversary: sabotage.adversary },
      sabotage,
    );
    expect(sabotage.noticedBy).toContain(violations[0]?.check);
  });

  it('exists for every adversary', () => {
    const proved = new Set(ALL_SABOTAGES.map(({ adversary }) => adversary));
    expect(ALL_ADVERSARIES.map(({ name }) => name).filter((name) => !proved.has(name))).toEqual([]);
  });

  it('exists for every check, which detects it', () => {
    const proved = new Set(ALL_SABOTAGES.flatMap(({ noticedBy }) => noticedBy));
    expect(ALL_CHECKS.map(({ name }) => name).filter((name) => !proved.has(name))).toEqual([]);
  });
});
