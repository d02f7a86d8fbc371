/**
 * Contention: N clients want to change one row, each reads its version and writes on condition that it is unchanged,
 * and whoever comes late waits and begins again. The model of Marc Brooker's article on jitter (AWS, 2015): what the
 * delays cost is the number of calls until everybody is through.
 */
import { createSeededRandom } from '../adapters/seeded-random.js';
import { drawDelayMs } from '../core/policy/backoff.js';
import type { RetryPolicy } from '../core/policy/rule.js';
import { EventQueue } from './event-queue.js';
import type { DelayFormula } from './formula-strategy.js';
import { decorrelatedJitter, equalJitter, fullJitter, plainExponential } from './jitter-formulas.js';
import { OWN_NAME } from './own-strategy.js';

/** The article's numbers: delays of the formulas, and the way of one message. All in milliseconds. */
const BOUNDS = { baseMs: 5, capMs: 2_000 };
const NETWORK = { meanMs: 10, deviationMs: 2 };

/** The figures are averages over this many runs. */
const RUNS = 20;

export interface ContentionRow {
  readonly name: string;
  readonly clients: number;
  /** Writes of all clients until every one has succeeded. */
  readonly calls: number;
  /** Until the last one has succeeded, milliseconds. */
  readonly doneMs: number;
}

/** Rows for each number of clients. The policy gives only its kind of jitter: the article's bounds hold for all. */
export function runContention(
  seed: number,
  policy: RetryPolicy,
  clientCounts: readonly number[] = [10, 50, 100],
): ContentionRow[] {
  const own: DelayFormula = {
    ...fullJitter(BOUNDS),
    name: OWN_NAME,
    source: 'this package: drawDelayMs()',
    delayMs: ({ n, random }) => drawDelayMs({ ...policy.backoff, ...BOUNDS, factor: 2 }, n, random()),
  };
  const formulas = [
    own,
    ...[plainExponential, equalJitter, fullJitter, decorrelatedJitter].map((f) => f(BOUNDS)),
  ];
  return clientCounts.flatMap((clients) =>
    formulas.map((formula) => {
      let calls = 0;
      let doneMs = 0;
      for (let run = 0; run < RUNS; run += 1) {
        const result = contend(formula, clients, seed * RUNS + run);
        calls += result.calls;
        doneMs += result.doneMs;
      }
      return {
        name: formula.name,
        clients,
        calls: Math.round(calls / RUNS),
        doneMs: Math.round(doneMs / RUNS),
      };
    }),
  );
}

function contend(formula: DelayFormula, clients: number, seed: number): { calls: number; doneMs: number } {
  const source = createSeededRandom(seed);
  const random = (): number => source.next();
  const events = new EventQueue();
  let version = 0;
  let calls = 0;
  let doneMs = 0;
  const onTheWay = (arrives: () => void): void => events.after(messageMs(random), arrives);

  for (let client = 0; client < clients; client += 1) {
    let n = 0;
    let previousMs: number | undefined;
    const answered = (written: boolean): void => {
      if (written) {
        doneMs = events.nowMs;
        return;
      }
      previousMs = formula.delayMs({ n, random, processDraw: 0, previousMs });
      n += 1;
      events.after(previousMs ?? 0, begin);
    };
    const begin = (): void =>
      onTheWay(() => {
        const seen = version;
        onTheWay(() => {
          calls += 1;
          onTheWay(() => {
            const written = seen === version;
            if (written) version += 1;
            onTheWay(() => answered(written));
          });
        });
      });
    begin();
  }
  events.run(Infinity);
  return { calls, doneMs };
}

/** The size of a normal draw (Box and Muller), so that it is never negative. */
function messageMs(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.abs(NETWORK.meanMs + NETWORK.deviationMs * normal);
}
