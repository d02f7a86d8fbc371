/** The storm: what the product shows in it, and that the model is the one it is compared in. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY } from '../../src/core/policy/default-rules.js';
import { formulaStrategy, fullJitter } from '../../src/storm/delay-formulas.js';
import { ownStrategy } from '../../src/storm/own-strategy.js';
import { simulateStorm } from '../../src/storm/simulate-storm.js';
import { onePerProcess, STORM, STORM_BOUNDS } from '../../src/storm/storm-scenario.js';

const MODELS = ['sheds', 'queues'] as const;
const SESSIONS = STORM.processes * STORM.sessionsPerProcess;

describe.each(MODELS)('the default policy in the storm, at a service that %s', (model) => {
  it.each([1, 2, 3])('brings everybody back within 1.2 times the ideal (seed %i)', (seed) => {
    const { figures, recovered } = simulateStorm(ownStrategy(DEFAULT_RETRY_POLICY), model, STORM, seed);
    expect(recovered).toBe(SESSIONS);
    expect(figures.p99RecoveryMs).toBeLessThanOrEqual(60_000);
    // Nobody is faster than the service: the ideal drain of 99 % takes 49.5 s.
    expect(figures.p99RecoveryMs).toBeGreaterThanOrEqual(49_500);
    expect(figures.wastedHandshakes).toBeLessThanOrEqual(SESSIONS / 100);
    expect(figures.attemptsPerSession).toBeLessThanOrEqual(2);
    expect(figures.peakPerSecond).toBeLessThanOrEqual(1_000);
  });
});

describe('full jitter without a gate', () => {
  const full = formulaStrategy(fullJitter(STORM_BOUNDS));

  it('takes half as long again when the service sheds', () => {
    const { figures } = simulateStorm(full, 'sheds', STORM, 1);
    expect(figures.p99RecoveryMs).toBeGreaterThan(65_000);
    expect(figures.p99RecoveryMs).toBeLessThan(85_000);
    expect(figures.wastedHandshakes).toBeGreaterThan(2_000);
  });

  it('never comes back when the service queues: it serves those who are gone', () => {
    const { figures, recovered } = simulateStorm(full, 'queues', { ...STORM, untilMs: 330_000 }, 1);
    expect(figures.p99RecoveryMs).toBeNull();
    expect(recovered).toBeLessThan(SESSIONS / 2);
    expect(figures.wastedHandshakes).toBeGreaterThan(50_000);
  });

  it('is as good as it gets with two dials per process', () => {
    const { figures } = simulateStorm(formulaStrategy(fullJitter(STORM_BOUNDS), 2), 'queues', STORM, 1);
    expect(figures).toMatchObject({ p99RecoveryMs: 49_501, wastedHandshakes: 0 });
  });
});

describe('one session per process', () => {
  it('the gate can’t help: the default cap wastes thousands of handshakes, hints waste none', () => {
    const alone = onePerProcess({ ...STORM, processes: 20 });
    const small = { ...alone, service: { ...STORM.service, handshakesPerSecond: 40, acceptQueue: 80 } };
    const own = ownStrategy(DEFAULT_RETRY_POLICY);
    const without = simulateStorm(own, 'sheds', small, 1).figures;
    const hinted = simulateStorm(own, 'sheds', { ...small, hints: true }, 1).figures;
    expect(without.wastedHandshakes).toBeGreaterThan(200);
    expect(hinted.wastedHandshakes).toBe(0);
    expect(hinted.p99RecoveryMs).toBeLessThan(60_000);
  });
});
