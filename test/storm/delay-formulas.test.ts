/**
 * The delays of other clients: each formula at its lowest and highest random value, as its documentation
 * states. Milliseconds.
 */
import { describe, expect, it } from 'vitest';
import type { DelayFormula } from '../../src/storm/delay-formulas.js';
import {
  decorrelatedJitter,
  equalJitter,
  fullJitter,
  grpcJitter,
  PEER_DELAYS,
  plainExponential,
  pRetryRandomize,
} from '../../src/storm/delay-formulas.js';
import { STORM_BOUNDS } from '../../src/storm/storm-scenario.js';

/** The first delays, with the same random value for each. */
function delays(formula: DelayFormula | undefined, draw: number, count: number): (number | undefined)[] {
  let previousMs: number | undefined;
  return Array.from({ length: count }, (_, n) => {
    previousMs = formula?.delayMs({ n, random: () => draw, processDraw: draw, previousMs });
    return previousMs === undefined ? undefined : Math.round(previousMs);
  });
}

const peer = (name: string): DelayFormula | undefined => PEER_DELAYS.find((one) => one.name === name);

describe('delays with the lowest and the highest random value', () => {
  it.each([
    [plainExponential(STORM_BOUNDS), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [fullJitter(STORM_BOUNDS), [0, 0, 0, 0, 0, 0, 0]],
    [equalJitter(STORM_BOUNDS), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
    [decorrelatedJitter(STORM_BOUNDS), [1_000, 1_000, 1_000, 1_000]],
    [pRetryRandomize(STORM_BOUNDS), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [grpcJitter(STORM_BOUNDS), [800, 1_280, 2_048, 3_277]],
    [peer('Ably'), [0, 12_000, 16_000, 20_000, 24_000, 24_000, 30_000]],
    [peer('centrifuge'), [500, 500, 500]],
    [peer('SignalR'), [0, 2_000, 10_000, 30_000, undefined]],
    [peer('socket.io'), [500, 1_000, 2_000, 4_000, 5_000]],
    [peer('partysocket'), [1_000, 1_300, 1_690]],
  ])('lowest of %o', (formula, expected) => {
    expect(delays(formula, 0, expected.length)).toEqual(expected);
  });

  it.each([
    [fullJitter(STORM_BOUNDS), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [equalJitter(STORM_BOUNDS), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [decorrelatedJitter(STORM_BOUNDS), [3_000, 9_000, 27_000, 30_000]],
    // These formulas clamp after the random draw, so at the cap there is no randomness.
    [pRetryRandomize(STORM_BOUNDS), [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]],
    [grpcJitter(STORM_BOUNDS), [1_200, 1_920, 3_072]],
    [peer('Ably'), [0, 15_000, 20_000, 25_000, 30_000, 30_000]],
    [peer('centrifuge'), [1_000, 1_500, 2_500, 4_500, 8_500, 16_500, 16_500 + 3_500]],
    [peer('SignalR'), [0, 2_000, 10_000, 30_000, undefined]],
    [peer('socket.io'), [1_500, 3_000, 5_000]],
    [peer('partysocket'), [5_000, 6_500, 8_450, 10_000]],
  ])('highest of %o', (formula, expected) => {
    expect(delays(formula, 1, expected.length)).toEqual(expected);
  });
});
