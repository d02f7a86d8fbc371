/** Contention, open loop and flap: the smaller models, and the results of the product in them. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY } from '../../src/core/policy/retry-presets.js';
import { runContention, runFlap, runOpenLoop } from '../../src/storm/small-models.js';
import { formulaStrategy, PEER_DELAYS } from '../../src/storm/delay-formulas.js';
import { ownStrategy } from '../../src/storm/redial.js';

describe('contention', () => {
  it.each([1, 2, 3])('the product makes at most half the calls of plain exponential (seed %i)', (seed) => {
    const rows = runContention(seed, DEFAULT_RETRY_POLICY, [100]);
    const calls = (name: string): number => rows.find((row) => row.name === name)?.calls ?? NaN;
    expect(calls('avatarkit-session')).toBeLessThanOrEqual(calls('plain exponential') / 2);
    expect(calls('avatarkit-session')).toBe(calls('full jitter'));
    // The model has to come near the figure of the article.
    expect(calls('plain exponential')).toBeGreaterThan(1_700);
    expect(calls('plain exponential')).toBeLessThan(2_000);
  });

  it('needs one call per client without other clients', () => {
    for (const { calls } of runContention(1, DEFAULT_RETRY_POLICY, [1])) expect(calls).toBe(1);
  });
});

describe('open loop', () => {
  it('three plain attempts triple the load, the budget adds a tenth', () => {
    expect(runOpenLoop()).toEqual([
      { name: 'avatarkit-session, re-sends within the budget', calls: 60_000, sends: 66_100, load: 1.1 },
      { name: 'three plain attempts', calls: 60_000, sends: 180_000, load: 3 },
    ]);
  });
});

describe('flap', () => {
  const strategies = [ownStrategy(DEFAULT_RETRY_POLICY), ...PEER_DELAYS.map((one) => formulaStrategy(one))];
  const rows = runFlap(strategies, 1);
  const row = (name: string): (typeof rows)[number] | undefined => rows.find((one) => one.name === name);

  it('the product dials at most twenty times in five minutes, never twice within 100 ms, then fails', () => {
    expect(row('avatarkit-session')?.attempts).toBeLessThanOrEqual(20);
    expect(row('avatarkit-session')?.attemptsInFirstMinute).toBeLessThanOrEqual(8);
    expect(row('avatarkit-session')?.leastGapMs).toBeGreaterThanOrEqual(100);
  });

  it.each([
    // Measured with the real clients: 1104, 74, 55 and 9.
    { name: 'SignalR', from: 1_050, to: 1_150 },
    { name: 'centrifuge', from: 70, to: 80 },
    { name: 'socket.io', from: 53, to: 62 },
    { name: 'partysocket', from: 7, to: 12 },
  ])('$name dials as often in the first minute as the real one', ({ name, from, to }) => {
    expect(row(name)?.attemptsInFirstMinute).toBeGreaterThanOrEqual(from);
    expect(row(name)?.attemptsInFirstMinute).toBeLessThanOrEqual(to);
  });
});
