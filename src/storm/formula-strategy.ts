/**
 * A strategy that is one formula: the delay before dial n of an outage. Every session counts for itself and forgets
 * its count as its formula says; hints are not read, because none of the formulas does.
 */
import { createLimitGate } from './dial-gate.js';
import type { Redial, StormStrategy } from './redial.js';

/** What a formula may be made of. */
export interface DelayFacts {
  /** 0 for the first delay of an outage, one more for each further. */
  readonly n: number;
  /** One draw per use, uniform in [0, 1). */
  readonly random: () => number;
  /** One draw per process, uniform in [0, 1). */
  readonly processDraw: number;
  /** The delay before this one, milliseconds; undefined for the first. */
  readonly previousMs: number | undefined;
}

export interface DelayFormula {
  readonly name: string;
  readonly source: string;
  /** A connection that was up this long makes the count begin anew, milliseconds; 0 means that opening it does. */
  readonly forgetsAfterMs: number;
  /** Milliseconds; undefined when it gives up. */
  delayMs(facts: DelayFacts): number | undefined;
}

/** @param limit dials in flight at most per process. */
export function formulaStrategy(formula: DelayFormula, limit = Infinity): StormStrategy {
  return {
    name: formula.name,
    source: formula.source,
    process(random) {
      const processDraw = random();
      return { gate: createLimitGate(limit), session: () => createRedial(formula, random, processDraw) };
    },
  };
}

function createRedial(formula: DelayFormula, random: () => number, processDraw: number): Redial {
  let n = 0;
  let previousMs: number | undefined;
  const next = (): number | undefined => {
    previousMs = formula.delayMs({ n, random, processDraw, previousMs });
    n += 1;
    return previousMs;
  };
  return {
    lost(_nowMs, upMs) {
      if (upMs >= formula.forgetsAfterMs) {
        n = 0;
        previousMs = undefined;
      }
      return next();
    },
    dialled: () => undefined,
    failed: next,
  };
}
