/**
 * What the connect gate believes about one thing that dials depend on, an endpoint or an account there, and what follows from it:
 * how many tickets may be on their way at once, and when the next one may move. It knows no line and no other belief.
 */
import {
  afterFailure,
  afterInconclusive,
  afterLoss,
  afterProbeStarted,
  afterRefusal,
  afterSuccess,
  afterThrottling,
  HEALTHY,
} from './gate-health.js';
import type { FinishedDial, GateHealth, GateMoment } from './gate-health.js';
import type { GateNumbers } from './gate-numbers.js';
import type { GateVerdict } from './gate-verdict.js';

/** When the pace will have forgotten every dial so far, milliseconds. */
export type GatePace = number;

/** No dial yet. */
export const UNPACED: GatePace = -Infinity;

/** The earliest time for the next dial. */
export function paceAllowsAtMs(pace: GatePace, { paceBurst, paceIntervalMs }: GateNumbers): number {
  return pace - (paceBurst - 1) * paceIntervalMs;
}

/** A dial starts. */
export function paced(pace: GatePace, { paceIntervalMs }: GateNumbers, nowMs: number): GatePace {
  return Math.max(pace, nowMs) + paceIntervalMs;
}

/**
 * - `call`: the session prepares its dial, and comes back for its permit
 * - `dial`: the dial begins
 */
export type GateStep = 'call' | 'dial';

export class GateBelief {
  readonly #numbers: GateNumbers;
  #health: GateHealth = HEALTHY;
  #dialPace = UNPACED;
  #callPace = UNPACED;
  #notBeforeMs = -Infinity;
  #dialling = 0;
  #called = 0;

  constructor(numbers: GateNumbers) {
    this.#numbers = numbers;
  }

  get level(): GateHealth['level'] {
    return this.#health.level;
  }

  /** The floor: no dial before this time; -Infinity without one. May have passed. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** Dials that have a permit. */
  get dialling(): number {
    return this.#dialling;
  }

  /** Tickets that count against the limit: dials, and calls that are young. */
  get busy(): number {
    return this.#dialling + this.#called;
  }

  get limit(): number {
    switch (this.#health.level) {
      case 'healthy':
        return Infinity;
      case 'recovering':
        return this.#health.limit;
      case 'down':
        return this.#numbers.minInFlight;
    }
  }

  /** Whether one more ticket may be on its way. While it is down, no ticket is called beside the one that prepares for the probe. */
  get hasRoom(): boolean {
    return this.busy < this.limit && !(this.#health.level === 'down' && this.#called > 0);
  }

  /** When the next step may be taken, as far as only time is needed for it. */
  nextAtMs(step: GateStep): number {
    const health = this.#health;
    if (health.level === 'healthy') return this.#notBeforeMs;
    const paceMs = paceAllowsAtMs(step === 'call' ? this.#callPace : this.#dialPace, this.#numbers);
    const leastMs = Math.max(this.#notBeforeMs, paceMs);
    return health.level === 'down' ? Math.max(leastMs, health.nextProbeAtMs) : leastMs;
  }

  /** Whether one whose call counts may dial now: it has its place already. */
  admitsCalled(nowMs: number): boolean {
    return this.#dialling < this.limit && this.nextAtMs('dial') <= nowMs;
  }

  callBegins(nowMs: number): void {
    this.#called += 1;
    this.#callPace = paced(this.#callPace, this.#numbers, nowMs);
  }

  callEnds(): void {
    this.#called -= 1;
  }

  /** `random` is called once where the dial is a probe. */
  dialBegins(nowMs: number, random: () => number): void {
    this.#dialling += 1;
    if (this.#health.level === 'healthy') return;
    this.#dialPace = paced(this.#dialPace, this.#numbers, nowMs);
    if (this.#health.level === 'down') {
      this.#health = afterProbeStarted(this.#health, this.#numbers, nowMs, random());
    }
  }

  dialEnds(): void {
    this.#dialling -= 1;
  }

  succeeded(moment: GateMoment, dial: FinishedDial): void {
    this.#health = afterSuccess(this.#health, this.#numbers, moment, dial);
  }

  failed(verdict: GateVerdict, moment: GateMoment, dial: FinishedDial, random: () => number): void {
    const numbers = this.#numbers;
    switch (verdict) {
      case 'unreachable':
        this.#health = afterFailure(this.#health, numbers, moment, dial, random);
        return;
      case 'refused':
        this.#health = afterRefusal(this.#health, numbers, moment);
        return;
      case 'inconclusive':
        this.#health = afterInconclusive(this.#health, moment, dial);
        return;
      case 'none':
    }
  }

  lost(moment: GateMoment): void {
    this.#health = afterLoss(this.#health, this.#numbers, moment);
  }

  throttled(moment: GateMoment): void {
    this.#health = afterThrottling(this.#health, this.#numbers, moment);
  }

  /** A wait that the service asked for; never shortens the one before. */
  raiseFloor(notBeforeMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, notBeforeMs);
  }

  /** Old trouble without newer evidence does not delay a new dial. Call it while no ticket waits. */
  settle(nowMs: number): void {
    const health = this.#health;
    if (health.level === 'healthy') return;
    // A probe that is still out will be evidence.
    if (health.level === 'down' && this.#dialling > 0) return;
    const quietSinceMs = Math.max(health.troubleAtMs, this.#notBeforeMs);
    if (nowMs - quietSinceMs >= this.#numbers.settleMs) this.#health = HEALTHY;
  }
}
