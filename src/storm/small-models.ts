/**
 * Three small models in addition to the storm. Contention: N clients change one row, each reads its version and writes if it is
 * unchanged; a client that is late waits and starts again (the model of Marc Brooker's article on jitter, AWS, 2015). Flap: a service
 * confirms every dial and drops the connection at once. Open loop: independent callers of a service where every call fails; arrivals are
 * evenly spaced.
 */
import { createSeededRandom } from '../adapters/node/runtime-sources.js';
import { drawDelayMs } from '../core/policy/delay.js';
import { askBudget, DEFAULT_BUDGET_NUMBERS, fullBudget } from '../core/gate/fair-budget.js';
import type { RetryPolicy } from '../core/policy/rule.js';
import { decorrelatedJitter, equalJitter, fullJitter, plainExponential } from './delay-formulas.js';
import type { DelayFormula } from './delay-formulas.js';
import { EventQueue } from './storm-service.js';
import { OWN_NAME } from './redial.js';
import type { StormStrategy } from './redial.js';

/** The article's numbers: the delays of the formulas, and the latency of one message, milliseconds. */
const BOUNDS = { baseMs: 5, capMs: 2_000 };
const NETWORK = { meanMs: 10, deviationMs: 2 };

/** The figures are averages over this many runs. */
const RUNS = 20;

export interface ContentionRow {
  readonly name: string;
  readonly clients: number;
  /** Writes of all clients until every one has succeeded. */
  readonly calls: number;
  /** When the last one has succeeded, milliseconds. */
  readonly doneMs: number;
}

/**
 * Rows for each number of clients. Only the kind of jitter comes from the policy; the bounds are the
 * article's.
 */
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

/** The absolute value of a normal draw (Box and Muller). */
function messageMs(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.abs(NETWORK.meanMs + NETWORK.deviationMs * normal);
}

/** The duration of a dial, and of the connection that follows, milliseconds. */
const DIAL_MS = 4;
const UP_MS = 50;
const LASTS_MS = 10 * 60_000;

/** The figures are averages over this many sessions. */
const SESSIONS = 20;

export interface FlapRow {
  readonly name: string;
  /** Dials of one session, including the first: in all 10 minutes, and in the first minute. */
  readonly attempts: number;
  readonly attemptsInFirstMinute: number;
  /** The shortest time between two dials of a session, over all sessions, milliseconds. */
  readonly leastGapMs: number;
}

export function runFlap(strategies: readonly StormStrategy[], seed: number): FlapRow[] {
  return strategies.map((strategy) => {
    const source = createSeededRandom(seed);
    const random = (): number => source.next();
    const runs = Array.from({ length: SESSIONS }, () => flap(strategy, random));
    const mean = (values: readonly number[]): number =>
      Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 10) / 10;
    return {
      name: strategy.name,
      attempts: mean(runs.map((dialsAtMs) => dialsAtMs.length)),
      attemptsInFirstMinute: mean(runs.map((dialsAtMs) => dialsAtMs.filter((atMs) => atMs < 60_000).length)),
      leastGapMs: Math.round(Math.min(...runs.map(leastGapMs))),
    };
  });
}

/** The times of the dials of one session that is alone in its process. */
function flap(strategy: StormStrategy, random: () => number): number[] {
  const events = new EventQueue();
  const process = strategy.process(random);
  const { gate } = process;
  const redial = process.session();
  const dialsAtMs: number[] = [];
  const admit = (): void => {
    if (gate.admit(events.nowMs).length > 0) dial();
    else if (gate.wakeAtMs !== undefined) events.after(Math.max(gate.wakeAtMs - events.nowMs, 0), admit);
  };
  const dial = (): void => {
    dialsAtMs.push(events.nowMs);
    redial.dialled(events.nowMs);
    events.after(DIAL_MS, () => {
      gate.succeeded(0, events.nowMs);
      events.after(UP_MS, lost);
    });
  };
  const lost = (): void => {
    const isLone = gate.connectionLost(events.nowMs);
    const delayMs = redial.lost(events.nowMs, UP_MS, isLone);
    if (delayMs !== undefined) events.after(delayMs, join);
  };
  const join = (): void => {
    gate.join(0, events.nowMs);
    admit();
  };
  join();
  events.run(LASTS_MS);
  return dialsAtMs;
}

function leastGapMs(dialsAtMs: readonly number[]): number {
  return dialsAtMs.reduce((least, atMs, index) => {
    const before = dialsAtMs[index - 1];
    return before === undefined ? least : Math.min(least, atMs - before);
  }, Infinity);
}

const CALLS_PER_SECOND = 100;
/** Sends of one call, the first included. */
const MAX_ATTEMPTS = 3;
const DELAY_MS = 1_000;

export interface OpenLoopRow {
  readonly name: string;
  readonly calls: number;
  readonly sends: number;
  /** Sends per call. */
  readonly load: number;
}

export function runOpenLoop(): OpenLoopRow[] {
  const numbers = DEFAULT_BUDGET_NUMBERS;
  let budget = fullBudget(numbers, 0);
  const askOwn = (nowMs: number): boolean => {
    const answer = askBudget(budget, numbers, nowMs);
    ({ budget } = answer);
    return answer.granted;
  };
  return [
    openLoop(`${OWN_NAME}, re-sends within the budget`, askOwn),
    openLoop('three plain attempts', () => true),
  ];
}

function openLoop(name: string, mayResend: (nowMs: number) => boolean): OpenLoopRow {
  const events = new EventQueue();
  let calls = 0;
  let sends = 0;
  const send = (attempt: number): void => {
    sends += 1;
    if (attempt === MAX_ATTEMPTS) return;
    events.after(DELAY_MS, () => {
      if (mayResend(events.nowMs)) send(attempt + 1);
    });
  };
  const arrive = (): void => {
    calls += 1;
    send(1);
    if (events.nowMs + 1_000 / CALLS_PER_SECOND < LASTS_MS) events.after(1_000 / CALLS_PER_SECOND, arrive);
  };
  arrive();
  events.run(Infinity);
  return { name, calls, sends, load: Math.round((sends / calls) * 100) / 100 };
}
