/**
 * The health state of an endpoint in the connect gate, and its transitions by event; and the numbers of the gate, with the origin of
 * each. Immutable values: every event makes a new one. Independent of sessions, queue and pace; the gate passes the time and the number
 * of dials in flight.
 *
 * - healthy → recovering: a dial fails, or a connection is lost
 * - recovering → down: failures in a row
 * - down → recovering: a dial is answered
 * - recovering, down → healthy (by the gate): quiet for `settleMs`, and no ticket waits
 */
import { deepFreeze } from '../option/plain-object.js';
import { drawDelayMs } from '../policy/delay.js';
import type { Backoff } from '../policy/rule.js';

export interface GateNumbers {
  /** The most dials in flight to an endpoint that has just failed; a whole number ≥ 1. Default 2. */
  readonly minInFlight: number;
  /** Dials that may begin at once after a pause, a whole number ≥ 1. Default 2. */
  readonly paceBurst: number;
  /** The least time between two dials beyond that burst, milliseconds, ≥ 0. Default 6. Healthy endpoints have no pace. */
  readonly paceIntervalMs: number;
  /**
   * A dial that took at most this much longer than the fastest since the first failure raises the limit by one, milliseconds, ≥ 0.
   * Default 250. A slower dial indicates a queue at the service, which more dials would lengthen.
   */
  readonly queueingMs: number;
  /** Failures in a row that make the endpoint down; a whole number ≥ 1. Default 2. */
  readonly failuresUntilDown: number;
  /** The period between two probes of an endpoint that is down: drawn for each, never below `minIntervalMs`. */
  readonly probe: Backoff;
  /** How long a ticket that prepares its dial without a permit counts against the limit, milliseconds, > 0. Default 100. */
  readonly prepareMs: number;
  /** The same as `prepareMs`, while another ticket has prepared for longer than that, milliseconds, > 0. Default 25. */
  readonly prepareBesideLateMs: number;
  /** A failure is forgotten after this time without another one, once no ticket waits, milliseconds, ≥ 0. Default 30 000. */
  readonly settleMs: number;
  /** If the service asks for a longer wait than this, only the session that was asked waits, milliseconds. Default 120 000. */
  readonly maxHintMs: number;
  /** A loss concerns only its session if no other connection was lost within this time before it, milliseconds, ≥ 0. Default 1 000. */
  readonly loneAfterMs: number;
}

/** Deeply frozen. */
export const DEFAULT_GATE_NUMBERS: GateNumbers = deepFreeze({
  // A single dial may fail by chance, and two dials are no load for a service that works.
  minInFlight: 2,
  // Both together allow 167 dials per second and never more than 18 in any 100 ms, so that a thousand sessions reconnect in six seconds.
  // The burst compensates for timers that fire a few milliseconds late.
  paceBurst: 2,
  paceIntervalMs: 6,
  // Far above the noise of one handshake, far below any step's time-out.
  queueingMs: 250,
  // The first failure of a healthy endpoint may be chance; a second one in a row is not.
  failuresUntilDown: 2,
  // One probe per 1.5 s on average: a recovery is noticed within 3 s, which leaves seconds for the waiting sessions.
  probe: { baseMs: 500, factor: 2, capMs: 3_000, jitter: 'full', minIntervalMs: 250 },
  // A token request takes about that long. A slow or failing preparation delays the others this long once, and then a quarter of it each
  // time.
  prepareMs: 100,
  prepareBesideLateMs: 25,
  // Above two thirds of the sessions' own delays at their cap: the few sessions with longer delays come back one by one.
  settleMs: 30_000,
  // The same as the limit of the sessions: a session that is asked to wait longer does not retry.
  maxHintMs: 120_000,
  // A server or a line that fails loses all its sessions within that time.
  loneAfterMs: 1_000,
});

/** No limit applies. */
interface Healthy {
  readonly level: 'healthy';
}

/** At most `limit` dials in flight, one more for each that is answered quickly. */
interface Recovering extends Trouble {
  readonly level: 'recovering';
  readonly limit: number;
  readonly failuresInARow: number;
  /** The duration of the fastest successful dial since the first failure, milliseconds; absent before the first such dial. */
  readonly fastestMs?: number;
}

/** One probe per period. */
interface Down extends Trouble {
  readonly level: 'down';
  readonly nextProbeAtMs: number;
  readonly probes: number;
}

interface Trouble {
  /** When the latest failure happened. */
  readonly troubleAtMs: number;
  /** Failures of dials with a lower serial are ignored: those dials began before this state was entered. */
  readonly sinceSerial: number;
}

export type GateHealth = Healthy | Recovering | Down;

export const HEALTHY: GateHealth = { level: 'healthy' };

/** Common arguments of all events. */
export interface GateMoment {
  readonly nowMs: number;
  /** The serial that the next dial will get. */
  readonly nextSerial: number;
}

/** The facts about a finished dial. */
export interface FinishedDial {
  readonly serial: number;
  readonly tookMs: number;
  /** Dials in flight, this one included. */
  readonly inFlight: number;
}

/** A confirmed connection was lost. In the state healthy it begins the recovery; a recovery depends on its dials alone. */
export function afterLoss(health: GateHealth, numbers: GateNumbers, moment: GateMoment): GateHealth {
  switch (health.level) {
    case 'healthy':
      return recovering(numbers, moment, 1);
    case 'recovering':
    case 'down':
      return { ...health, troubleAtMs: moment.nowMs };
  }
}

/** A dial was confirmed. It counts even if it began before this state was entered: the service is available now. */
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
      // The limit is raised only if it was reached.
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

/** A dial ended without evidence. If it was a probe, the next ticket may take its turn at once. */
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
