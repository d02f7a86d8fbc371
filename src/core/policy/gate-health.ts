/**
 * What the connect gate believes about its endpoint, and how each event changes that belief. Values only: every event
 * makes a new one. It knows no session, no line and no pace; the gate tells it when, and how many are in flight.
 *
 *   healthy           a dial fails, a connection is lost       → recovering
 *   recovering        failures in a row                        → down
 *   down              a dial is answered                       → recovering
 *   recovering, down  quiet for settleMs, and nobody waits     → healthy (the gate sees to that)
 */
import { drawDelayMs } from './delay.js';
import type { GateNumbers } from './gate-numbers.js';

/** Whatever may be dialled, is. */
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
  /** Dials with a lower serial began before this belief was formed: their failures are no news. */
  readonly sinceSerial: number;
}

export type GateHealth = Healthy | Recovering | Down;

export const HEALTHY: GateHealth = { level: 'healthy' };

/** What every event brings along. */
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
      // A limit that nobody touches is not known to be safe to raise.
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

/** The service answered, and wants fewer dials. */
export function afterThrottling(health: GateHealth, numbers: GateNumbers, moment: GateMoment): GateHealth {
  switch (health.level) {
    case 'healthy':
    case 'down':
      return recovering(numbers, moment, 0);
    case 'recovering':
      return { ...health, ...recovering(numbers, moment, 0) };
  }
}

/** A dial failed at transport level. `random` is called once when the endpoint is believed down from now on. */
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

/** A dial ended without telling anything. When it was a probe, the next in line takes its turn at once. */
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
