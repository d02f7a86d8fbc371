/**
 * The health state of an endpoint in the connect gate, and its transitions by event; and the numbers of the
 * gate, with the origin of each. Immutable values: every event makes a new one. Independent of sessions,
 * queue and pace; the gate passes the time, and how many are in flight.
 *
 * healthy a dial fails, a connection is lost → recovering recovering failures in a row → down down a dial is
 * answered → recovering recovering, down quiet for settleMs, no ticket waits → healthy (by the gate)
 */
import { deepFreeze } from '../option/plain-object.js';
import { drawDelayMs } from '../policy/delay.js';
import type { Backoff } from '../policy/rule.js';

export interface GateNumbers {
  /** Dials in flight at most to an endpoint that has just failed; a whole number ≥ 1. Default 2. */
  readonly minInFlight: number;
  /** Dials at once that the pace allows after a pause, a whole number ≥ 1. Default 2. */
  readonly paceBurst: number;
  /** Least time between two dials beyond that burst, milliseconds, ≥ 0. Default 6. Healthy endpoints have no pace. */
  readonly paceIntervalMs: number;
  /**
   * A dial that took at most this much longer than the fastest since the trouble began lets one more into flight, milliseconds, ≥ 0.
   * Default 250. A slower one shows a queue at the service, which more dials would lengthen.
   */
  readonly queueingMs: number;
  /** Failures in a row that make the endpoint down; a whole number ≥ 1. Default 2. */
  readonly failuresUntilDown: number;
  /** The period between two probes of an endpoint that is down: drawn for each, never below `minIntervalMs`. */
  readonly probe: Backoff;
  /** How long a ticket that prepares its dial without a permit counts against the limit, milliseconds, > 0. Default 100. */
  readonly prepareMs: number;
  /** The same while another ticket has prepared for longer than that, milliseconds, > 0. Default 25. */
  readonly prepareBesideLateMs: number;
  /** Trouble is forgotten after this long, once no ticket waits, milliseconds, ≥ 0. Default 30 000. */
  readonly settleMs: number;
  /** A longer wait than this asked for by the service is left to the session that was asked, ms. Default 120 000. */
  readonly maxHintMs: number;
  /** A loss is one session's own after this long without another one, milliseconds, ≥ 0. Default 1 000. */
  readonly loneAfterMs: number;
}

/** Deeply frozen. */
export const DEFAULT_GATE_NUMBERS: GateNumbers = deepFreeze({
  // A single dial may fail by chance; two are no load for a service that is up.
  minInFlight: 2,
  // Together 167 dials per second and never more than 18 in any 100 ms, so that a thousand sessions are back in six
  // seconds; the burst makes up for timers that fire a few milliseconds late.
  paceBurst: 2,
  paceIntervalMs: 6,
  // Far above the noise of one handshake, far below any step's time-out.
  queueingMs: 250,
  // The first failure of a healthy endpoint may be chance; a second one in a row is not.
  failuresUntilDown: 2,
  // One probe per 1.5 s on average: a return is noticed within 3 s, which leaves seconds for letting the line in.
  probe: { baseMs: 500, factor: 2, capMs: 3_000, jitter: 'full', minIntervalMs: 250 },
  // A token takes about that. Longer and broken preparations cost the others this once, and a quarter of it each from then on.
  prepareMs: 100,
  prepareBesideLateMs: 25,
  // Above two thirds of the sessions' own delays at their cap: the few that sleep longer come back spread, one by one.
  settleMs: 30_000,
  // As the sessions' own: a session that is asked to wait longer than that is not going to.
  maxHintMs: 120_000,
  // A server or a line that fails loses its sessions within that time.
  loneAfterMs: 1_000,
});

/** No limit. */
interface Healthy {
  readonly level: 'healthy';
}

/** At most `limit` dials in flight, one more for each that is answered quickly. */
interface Recovering extends Trouble {
  readonly level: 'recovering';
  readonly limit: number;
  readonly failuresInARow: number;
  /** The shortest successful dial since the trouble began, milliseconds; absent before the first. */
  readonly fastestMs?: number;
}

/** One probe per period. */
interface Down extends Trouble {
  readonly level: 'down';
  readonly nextProbeAtMs: number;
  readonly probes: number;
}

interface Trouble {
  /** When the latest failure was seen. */
  readonly troubleAtMs: number;
  /** Failures of dials with a lower serial are ignored: those dials began before this belief was formed. */
  readonly sinceSerial: number;
}

export type GateHealth = Healthy | Recovering | Down;

export const HEALTHY: GateHealth = { level: 'healthy' };

/** The arguments of every event. */
export interface GateMoment {
  readonly nowMs: number;
  /** The serial that the next dial will get. */
  readonly nextSerial: number;
}

/** A finished dial, as far as it matters here. */
export interface FinishedDial {
  readonly serial: number;
  readonly tookMs: number;
  /** Dials in flight, this one included. */
  readonly inFlight: number;
}

/** A confirmed connection was lost: the first failure of an outage; a recovery goes on being judged by its dials. */
export function afterLoss(health: GateHealth, numbers: GateNumbers, moment: GateMoment): GateHealth {
  switch (health.level) {
    case 'healthy':
      return recovering(numbers, moment, 1);
    case 'recovering':
    case 'down':
      return { ...health, troubleAtMs: moment.nowMs };
  }
}

/** A dial was confirmed. It counts whenever it began: the service is there now. */
export function afterSuccess(
  health: GateHealth,
  numbers: GateNumbers,
  moment: GateMoment,
  dial: FinishedDial,
): GateHealth {
  switch (health.level) {
    case 'healthy':
      return health;
    case 'down':
      return { ...recovering(numbers, moment, 0), fastestMs: dial.tookMs };
    case 'recovering': {
      const fastestMs = Math.min(health.fastestMs ?? dial.tookMs, dial.tookMs);
      // Only a limit that was reached is raised.
      const grows = dial.inFlight >= health.limit && dial.tookMs <= fastestMs + numbers.queueingMs;
      return { ...health, fastestMs, failuresInARow: 0, limit: grows ? health.limit + 1 : health.limit };
    }
  }
}

/** The service answered and refused one session: it is alive, and shows nothing about its speed. */
export function afterRefusal(health: GateHealth, numbers: GateNumbers, moment: GateMoment): GateHealth {
  switch (health.level) {
    case 'healthy':
      return health;
    case 'down':
      return recovering(numbers, moment, 0);
    case 'recovering':
      return { ...health, failuresInARow: 0 };
  }
}

/** The service answered, and asked for fewer dials. */
export function afterThrottling(health: GateHealth, numbers: GateNumbers, moment: GateMoment): GateHealth {
  switch (health.level) {
    case 'healthy':
    case 'down':
      return recovering(numbers, moment, 0);
    case 'recovering':
      return { ...health, ...recovering(numbers, moment, 0) };
  }
}

/** A dial failed at transport level. `random` is called once when the endpoint counts as down from now on. */
export function afterFailure(
  health: GateHealth,
  numbers: GateNumbers,
  moment: GateMoment,
  dial: FinishedDial,
  random: () => number,
): GateHealth {
  const troubleAtMs = moment.nowMs;
  switch (health.level) {
    case 'healthy':
      return recovering(numbers, moment, 1);
    case 'down':
      return { ...health, troubleAtMs };
    case 'recovering': {
      if (dial.serial < health.sinceSerial) return { ...health, troubleAtMs };
      const failuresInARow = health.failuresInARow + 1;
      if (failuresInARow >= numbers.failuresUntilDown) {
        const nextProbeAtMs = troubleAtMs + drawDelayMsAtLeast(numbers, 0, random());
        return { level: 'down', nextProbeAtMs, probes: 0, troubleAtMs, sinceSerial: moment.nextSerial };
      }
      const limit = Math.max(numbers.minInFlight, Math.floor(health.limit / 2));
      return { ...health, limit, failuresInARow, troubleAtMs, sinceSerial: moment.nextSerial };
    }
  }
}

/** A dial ended without evidence. When it was a probe, the next in line takes its turn at once. */
export function afterInconclusive(health: GateHealth, moment: GateMoment, dial: FinishedDial): GateHealth {
  return health.level === 'down' && dial.serial >= health.sinceSerial
    ? { ...health, nextProbeAtMs: moment.nowMs }
    : health;
}

/** A probe begins: the next one comes a period later, whether or not this one has ended by then. */
export function afterProbeStarted(
  health: Down,
  numbers: GateNumbers,
  nowMs: number,
  random: number,
): GateHealth {
  const probes = health.probes + 1;
  return { ...health, probes, nextProbeAtMs: nowMs + drawDelayMsAtLeast(numbers, probes, random) };
}

function recovering(numbers: GateNumbers, moment: GateMoment, failuresInARow: number): Recovering {
  const { nowMs, nextSerial } = moment;
  const limit = numbers.minInFlight;
  return { level: 'recovering', limit, failuresInARow, troubleAtMs: nowMs, sinceSerial: nextSerial };
}

function drawDelayMsAtLeast({ probe }: GateNumbers, exponent: number, random: number): number {
  return Math.max(probe.minIntervalMs, drawDelayMs(probe, exponent, random));
}
