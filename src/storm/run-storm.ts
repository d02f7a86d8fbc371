/**
 * All simulations of one seed and one policy, beside the formulas of others. Decides what is compared; the
 * models are next to this file, and the figures are formatted in storm-table.ts and storm-svg.ts.
 */
import { DEFAULT_RETRY_POLICY } from '../core/policy/retry-presets.js';
import type { RetryPolicy } from '../core/policy/rule.js';
import {
  decorrelatedJitter,
  equalJitter,
  formulaStrategy,
  fullJitter,
  grpcJitter,
  PEER_DELAYS,
  pRetryRandomize,
} from './delay-formulas.js';
import { OWN_NAME, ownStrategy } from './redial.js';
import type { StormStrategy } from './redial.js';
import { simulateStorm } from './simulate-storm.js';
import { runContention, runFlap, runOpenLoop } from './small-models.js';
import { onePerProcess, STORM, STORM_BOUNDS } from './storm-scenario.js';
import type { StormReport, StormRow, StormRun, StormScenario } from './storm-scenario.js';

export interface StormOptions {
  /** Any safe integer; the same seed gives the same report. */
  readonly seed: number;
  /** Default: the product's defaults. */
  readonly policy?: RetryPolicy;
  /** Default: STORM. A smaller one is for a quick look. */
  readonly scenario?: StormScenario;
}

/** Seconds of computing, no I/O, no waiting. A RangeError or TypeError names a seed that can't be one. */
export function runStorm(options: StormOptions): StormRun {
  const { seed, policy = DEFAULT_RETRY_POLICY, scenario = STORM } = options;
  const strategies = stormStrategies(policy);
  const outcomes = strategies.map((strategy) => ({
    strategy,
    sheds: simulateStorm(strategy, 'sheds', scenario, seed),
    queues: simulateStorm(strategy, 'queues', scenario, seed),
  }));
  const report: StormReport = {
    seed,
    strategies: outcomes.map(({ strategy: { name }, sheds, queues }) => ({
      name,
      sheds: sheds.figures,
      queues: queues.figures,
    })),
    onePerProcess: runOnePerProcess(policy, onePerProcess(scenario), seed),
    contention: runContention(seed, policy),
    openLoop: runOpenLoop(),
    flap: runFlap(strategies, seed),
  };
  const courses = outcomes.map(({ strategy: { name, source }, sheds, queues }) => ({
    name,
    source,
    sheds: sheds.timeline,
    queues: queues.timeline,
  }));
  return { scenario, report, courses };
}

/** The product first, then the general formulas, then the others' defaults. */
export function stormStrategies(policy: RetryPolicy): StormStrategy[] {
  const full = fullJitter(STORM_BOUNDS);
  const formulas = [pRetryRandomize, grpcJitter, equalJitter, decorrelatedJitter].map((of) =>
    of(STORM_BOUNDS),
  );
  return [
    ownStrategy(policy),
    formulaStrategy({ ...full, name: 'full jitter, 2 dials per process' }, 2),
    formulaStrategy(full),
    ...formulas.map((formula) => formulaStrategy(formula)),
    ...PEER_DELAYS.map((formula) => formulaStrategy(formula)),
  ];
}

/** A cap that spreads ten thousand single sessions over the time that serving them takes. */
const WIDE_CAP_MS = 120_000;

/**
 * Where the gate has no effect: the policy as it is, with a larger cap and the time for it, and with hints.
 */
function runOnePerProcess(policy: RetryPolicy, alone: StormScenario, seed: number): StormRow[] {
  const wide: RetryPolicy = {
    ...policy,
    maxElapsedMs: Infinity,
    backoff: { ...policy.backoff, capMs: WIDE_CAP_MS },
  };
  const row = (name: string, rowPolicy: RetryPolicy, scenario: StormScenario): StormRow => {
    const strategy = ownStrategy(rowPolicy, name);
    return {
      name,
      sheds: simulateStorm(strategy, 'sheds', scenario, seed).figures,
      queues: simulateStorm(strategy, 'queues', scenario, seed).figures,
    };
  };
  return [
    row(OWN_NAME, policy, alone),
    row(`${OWN_NAME}, cap 120 s`, wide, alone),
    row(`${OWN_NAME}, hints from the service`, policy, { ...alone, hints: true }),
  ];
}
