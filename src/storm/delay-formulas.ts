/**
 * Strategies that consist of one formula: the delay before dial n of an outage. Every session counts for
 * itself and resets its count as its formula defines; hints are not read, because none of the formulas uses
 * them.
 *
 * The general formulas of retry engines have the same base and cap, so that only their jitter differs; they
 * never give up, and reset the count as soon as a connection opens. The default reconnect delays of other
 * clients are taken from their documentation: only the delays, not their heartbeats or timeouts. None limits
 * the dials of a process.
 */
import { createLimitGate } from './redial.js';
import type { Redial, StormStrategy } from './redial.js';

/** The facts that a formula may use. */
interface DelayFacts {
  /** 0 for the first delay of an outage, one more for each further one. */
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
  /** A connection that lasted this long resets the count, milliseconds; 0: as soon as it opens. */
  readonly resetsAfterMs: number;
  /** The delay, milliseconds; undefined when the client stops. */
  delayMs(facts: DelayFacts): number | undefined;
}

/** @param limit the most dials in flight per process */
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
      if (upMs >= formula.resetsAfterMs) {
        n = 0;
        previousMs = undefined;
      }
      return next();
    },
    dialled: () => undefined,
    failed: next,
  };
}

interface FormulaBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

const AWS = 'Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015';

/** The growth that all of them share: the base, doubled for each previous delay, within the cap. */
function ceilingMs({ baseMs, capMs }: FormulaBounds, n: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(n, 30));
}

/** The same delay for every session: no jitter. */
export function plainExponential(bounds: FormulaBounds): DelayFormula {
  return formula('plain exponential', AWS, ({ n }) => ceilingMs(bounds, n));
}

/** Uniform between 0 and the bound. */
export function fullJitter(bounds: FormulaBounds): DelayFormula {
  return formula('full jitter', AWS, ({ n, random }) => random() * ceilingMs(bounds, n));
}

/** Half the bound, plus a random part of the other half. */
export function equalJitter(bounds: FormulaBounds): DelayFormula {
  return formula('equal jitter', AWS, ({ n, random }) => ((1 + random()) / 2) * ceilingMs(bounds, n));
}

/** Uniform between the base and three times the previous delay, within the cap. */
export function decorrelatedJitter({ baseMs, capMs }: FormulaBounds): DelayFormula {
  return formula('decorrelated jitter', AWS, ({ random, previousMs }) => {
    const upToMs = (previousMs ?? baseMs) * 3;
    return Math.min(capMs, baseMs + random() * (upToMs - baseMs));
  });
}

/** One to two times the growing delay, capped afterwards: at the cap there is no jitter. */
export function pRetryRandomize({ baseMs, capMs }: FormulaBounds): DelayFormula {
  const source =
    'p-retry readme and node-retry readme, "randomize": Math.min(random * minTimeout * factor^n, max)';
  return formula('p-retry randomize', source, ({ n, random }) =>
    Math.min(capMs, (1 + random()) * baseMs * 2 ** Math.min(n, 30)),
  );
}

/** A factor of 1.6, with ±20 % of the result. */
export function grpcJitter({ baseMs, capMs }: FormulaBounds): DelayFormula {
  const source =
    'gRPC Connection Backoff Protocol (grpc/doc/connection-backoff.md): multiplier 1.6, jitter 0.2';
  return formula('gRPC ±20 %', source, ({ n, random }) => {
    const backoffMs = Math.min(capMs, baseMs * 1.6 ** Math.min(n, 30));
    return backoffMs * (0.8 + 0.4 * random());
  });
}

function formula(name: string, source: string, delayMs: (facts: DelayFacts) => number): DelayFormula {
  return { name, source, resetsAfterMs: 0, delayMs };
}

/** Delays of `withAutomaticReconnect()` without arguments, milliseconds. */
const SIGNALR_DELAYS_MS = [0, 2_000, 10_000, 30_000];

/** Ably is `suspended` after this long without a connection, milliseconds (connectionStateTtl). */
const ABLY_SUSPENDED_AFTER_MS = 120_000;

export const PEER_DELAYS: readonly DelayFormula[] = [
  {
    name: 'Ably',
    source:
      'Ably client library specification RTN14d, RTN15a, RTB1: at once, then disconnectedRetryTimeout 15 s × min((n + 2) / 3, 2) × 0.8…1; after 120 s every 30 s',
    resetsAfterMs: 0,
    delayMs: ({ n, random }: DelayFacts): number => {
      if (n === 0) return 0;
      // The delays are 15 to 30 s: after the sixth about two minutes have passed.
      const suspended = n > ABLY_SUSPENDED_AFTER_MS / 22_500;
      return suspended ? 30_000 : 15_000 * Math.min((n + 2) / 3, 2) * (0.8 + 0.2 * random());
    },
  },
  {
    name: 'centrifuge',
    source:
      'centrifuge-js readme: minReconnectDelay 500 ms, maxReconnectDelay 20 000 ms, full jitter above the minimum',
    resetsAfterMs: 0,
    delayMs: ({ n, random }) =>
      Math.min(20_000, 500 + random() * Math.min(20_000, 500 * 2 ** Math.min(n, 31))),
  },
  {
    name: 'SignalR',
    source: 'ASP.NET Core SignalR JavaScript client documentation: 0, 2, 10 and 30 s, then it gives up',
    resetsAfterMs: 0,
    delayMs: ({ n }) => SIGNALR_DELAYS_MS[n],
  },
  {
    name: 'socket.io',
    source:
      'Socket.IO client options: reconnectionDelay 1 s, doubled, randomizationFactor 0.5, reconnectionDelayMax 5 s',
    resetsAfterMs: 0,
    delayMs: ({ n, random }) => Math.min(5_000, 1_000 * 2 ** Math.min(n, 30) * (0.5 + random())),
  },
  {
    name: 'partysocket',
    source:
      'PartySocket options: minReconnectionDelay 1 s + up to 4 s (drawn once when the module loads), factor 1.3, maxReconnectionDelay 10 s, minUptime 5 s',
    resetsAfterMs: 5_000,
    delayMs: ({ n, processDraw }) => Math.min(10_000, (1_000 + 4_000 * processDraw) * 1.3 ** Math.min(n, 30)),
  },
];
