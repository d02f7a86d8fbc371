/**
 * The general formulas that retry engines use, with the same base and cap, so that only their chance differs. They
 * are written from their descriptions; they never give up, and forget their count as soon as a connection opens.
 */
import type { DelayFacts, DelayFormula } from './formula-strategy.js';

export interface FormulaBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

const AWS = 'Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015';

/** The growth that all of them share: the base, doubled for each delay before, within the cap. */
function ceilingMs({ baseMs, capMs }: FormulaBounds, n: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(n, 30));
}

/** The same delay for everybody: no chance at all. */
export function plainExponential(bounds: FormulaBounds): DelayFormula {
  return formula('plain exponential', AWS, ({ n }) => ceilingMs(bounds, n));
}

/** Uniform between 0 and the bound. */
export function fullJitter(bounds: FormulaBounds): DelayFormula {
  return formula('full jitter', AWS, ({ n, random }) => random() * ceilingMs(bounds, n));
}

/** Half the bound for certain, the other half by chance. */
export function equalJitter(bounds: FormulaBounds): DelayFormula {
  return formula('equal jitter', AWS, ({ n, random }) => ((1 + random()) / 2) * ceilingMs(bounds, n));
}

/** Uniform between the base and three times the delay before, within the cap. */
export function decorrelatedJitter({ baseMs, capMs }: FormulaBounds): DelayFormula {
  return formula('decorrelated jitter', AWS, ({ random, previousMs }) => {
    const upToMs = (previousMs ?? baseMs) * 3;
    return Math.min(capMs, baseMs + random() * (upToMs - baseMs));
  });
}

/** One to two times the growing delay, cut at the cap afterwards: at the cap nobody is spread any more. */
export function pRetryRandomize({ baseMs, capMs }: FormulaBounds): DelayFormula {
  const source =
    'p-retry readme and node-retry readme, "randomize": Math.min(random * minTimeout * factor^n, max)';
  return formula('p-retry randomize', source, ({ n, random }) =>
    Math.min(capMs, (1 + random()) * baseMs * 2 ** Math.min(n, 30)),
  );
}

/** A factor of 1.6, and ±20 % of what comes out. */
export function grpcJitter({ baseMs, capMs }: FormulaBounds): DelayFormula {
  const source =
    'gRPC Connection Backoff Protocol (grpc/doc/connection-backoff.md): multiplier 1.6, jitter 0.2';
  return formula('gRPC ±20 %', source, ({ n, random }) => {
    const backoffMs = Math.min(capMs, baseMs * 1.6 ** Math.min(n, 30));
    return backoffMs * (0.8 + 0.4 * random());
  });
}

function formula(name: string, source: string, delayMs: (facts: DelayFacts) => number): DelayFormula {
  return { name, source, forgetsAfterMs: 0, delayMs };
}
