/** Runs a decision case: one session's outages under one policy, event by event. */
import { decide } from '../../src/core/policy/decide.js';
import type { Decision, DecidableFailure } from '../../src/core/policy/decide.js';
import {
  attemptStarted,
  beginOutage,
  connectionLost,
  failureNoticed,
  retryDecided,
} from '../../src/core/policy/outage.js';
import type { Outage } from '../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import type { RetryPolicy } from '../../src/core/policy/rule.js';
import type { DecisionCase, DecisionEvent, Expectation } from './case-file.js';
import { disagreements } from './disagreements.js';
import { randomOf } from './draws.js';
import type { Draw } from './draws.js';
import { failureOf } from './given-failure.js';

export function runDecision({ policy: options, events }: DecisionCase, draw: Draw): string[] {
  const policy = resolveRetryPolicy(options);
  const random = randomOf(draw);
  let history: History = { outage: beginOutage(0), confirmedAtMs: 0 };
  return events.flatMap((event, index) => {
    const where = `events[${index}].expect`;
    const step = next(policy, history, event, random);
    history = step.history;
    if (event.expect === undefined) return [];
    return [
      ...disagreements(where, event.expect, step.observed),
      ...offBounds(where, event.expect, step, draw),
    ];
  });
}

interface History {
  readonly outage: Outage;
  readonly confirmedAtMs: number;
}

interface StepTaken {
  readonly history: History;
  readonly observed: Expectation;
}

function next(policy: RetryPolicy, history: History, event: DecisionEvent, random: () => number): StepTaken {
  const { atMs } = event;
  const { outage, confirmedAtMs } = history;
  switch (event.event) {
    case 'start':
      return undecided({ ...history, outage: beginOutage(atMs) });
    case 'dialStarted':
      return undecided({ ...history, outage: attemptStarted(outage, atMs) });
    case 'confirmed':
      return undecided({ ...history, confirmedAtMs: atMs });
    case 'failed':
      return decided(policy, history, failureOf(event.failure), atMs, random);
    case 'lost': {
      const { stableAfterMs } = policy;
      const { lastSignOfLifeAtMs = atMs } = event;
      const loss = { confirmedAtMs, lastSignOfLifeAtMs, nowMs: atMs, stableAfterMs };
      const after = connectionLost(outage, loss);
      const failure = failureOf(event.failure, event.sessions, event.lone);
      return decided(policy, { ...history, outage: after }, failure, atMs, random);
    }
  }
}

function undecided(history: History): StepTaken {
  return { history, observed: {} };
}

function decided(
  policy: RetryPolicy,
  history: History,
  failure: DecidableFailure,
  nowMs: number,
  random: () => number,
): StepTaken {
  const outage = failureNoticed(history.outage, failure, nowMs);
  const decision: Decision = decide(policy, outage, failure, nowMs, random);
  const observed = { ...decision, attempts: outage.attempts };
  const after = decision.action === 'retry' ? retryDecided(outage, failure) : outage;
  return { history: { ...history, outage: after }, observed };
}

/** The delay must be within the expected bounds, and equal to a bound when the draw is the lowest or highest. */
function offBounds(
  where: string,
  { minDelayMs, maxDelayMs }: Expectation,
  { observed }: StepTaken,
  { side }: Draw,
): string[] {
  const { delayMs } = observed;
  if (typeof minDelayMs !== 'number' || typeof maxDelayMs !== 'number') return [];
  if (typeof delayMs !== 'number') return [`${where}.minDelayMs: there is no delay`];
  switch (side) {
    case 'lowest':
      return disagreements(where, { 'drawn 0: delayMs': minDelayMs }, { 'drawn 0: delayMs': delayMs });
    case 'highest':
      return disagreements(where, { 'drawn 1: delayMs': maxDelayMs }, { 'drawn 1: delayMs': delayMs });
    case 'inner':
      return delayMs >= minDelayMs && delayMs < maxDelayMs + 1
        ? []
        : [`${where}: delayMs ${delayMs} is not within [${minDelayMs}, ${maxDelayMs}]`];
  }
}
