/**
 * The state of one endpoint, or of one account there, in the connect gate, and its consequences: how many tickets may be in flight at
 * once, and when the next one may start. One row per code defines whether a failure is evidence about the endpoint or about the account,
 * and so which other sessions wait. Whether the session itself retries is decided by `decide`. Independent of the line and of other
 * beliefs.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import type { DecidableFailure } from '../policy/decide.js';
import { usableHintMs } from '../policy/delay.js';
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
import type { FinishedDial, GateHealth, GateMoment, GateNumbers } from './gate-health.js';

/**
 * - `unreachable`: no answer, or an answer of an intermediary that can't reach the service
 * - `refused`: an answer that concerns only this session: the service is alive
 * - `inconclusive`: the dial was no evidence, and the next one may take its turn at once
 * - `none`: no evidence about the endpoint or account; nothing changes
 */
type GateVerdict = 'unreachable' | 'refused' | 'inconclusive' | 'none';

export interface GateEvidence {
  readonly endpoint: GateVerdict;
  readonly account: 'throttled' | 'none';
  /** What the wait that the service asked for applies to; undefined where it asked for none. */
  readonly hintOf: 'endpoint' | 'account' | undefined;
}

const UNREACHABLE: GateEvidence = { endpoint: 'unreachable', account: 'none', hintOf: 'endpoint' };
const REFUSED: GateEvidence = { endpoint: 'refused', account: 'none', hintOf: 'account' };
const INCONCLUSIVE: GateEvidence = { endpoint: 'inconclusive', account: 'none', hintOf: 'account' };
/** The limit of an account: the service is alive, and other accounts may dial. */
const LIMITED: GateEvidence = { endpoint: 'refused', account: 'throttled', hintOf: 'account' };
/** A rate limit in front of the service counts the dials of all accounts. */
const RATE_LIMITED: GateEvidence = { endpoint: 'unreachable', account: 'throttled', hintOf: 'account' };
/** An answer of an intermediary does not prove that the service is alive. */
const REFUSED_IN_FRONT: GateEvidence = { endpoint: 'none', account: 'none', hintOf: 'account' };
const LIMITED_IN_FRONT: GateEvidence = { endpoint: 'none', account: 'throttled', hintOf: 'account' };
const NONE: GateEvidence = { endpoint: 'none', account: 'none', hintOf: undefined };

const EVIDENCE: Readonly<Record<AvatarSDKErrorCode, GateEvidence>> = {
  sessionTokenExpired: REFUSED,
  sessionTokenInvalid: REFUSED,
  appIDUnrecognized: REFUSED,
  appIDMismatch: REFUSED,
  avatarNotFound: REFUSED,
  billingRequired: REFUSED,
  creditsExhausted: REFUSED,
  sessionDurationExceeded: REFUSED,
  concurrencyLimit: LIMITED,
  unsupportedSampleRate: REFUSED,
  invalidEgressConfig: REFUSED,
  egressUnavailable: REFUSED,
  idleTimeout: REFUSED,
  // 502, 503, 504 and 4503: there is an answer, but no session, often because of overload.
  upstreamError: UNREACHABLE,
  protocolError: REFUSED,
  connectionFailed: UNREACHABLE,
  connectionClosed: UNREACHABLE,
  serverError: UNREACHABLE,
  invalidRequest: REFUSED,
  unknown: INCONCLUSIVE,
};

/** A failed dial, or a failed token request at its own endpoint. */
export function dialEvidence(failure: DecidableFailure): GateEvidence {
  const { code, origin, permanent, retryAfterMs } = failure;
  const evidence = EVIDENCE[code];
  // Failures of the application's own functions, and refusals by this package, are no evidence about an
  // endpoint.
  if (origin === 'application' || origin === 'local') return NONE;
  if (origin === 'gateway') {
    if (evidence === REFUSED) return REFUSED_IN_FRONT;
    if (evidence === LIMITED)
      return usableHintMs(retryAfterMs) === undefined ? RATE_LIMITED : LIMITED_IN_FRONT;
  }
  // A failure that waiting can't remedy (a bad certificate, an invalid URL) is specific to this configuration.
  return evidence === UNREACHABLE && permanent ? INCONCLUSIVE : evidence;
}

/** A confirmed connection was lost: the endpoint may be down, or the account may be at its limit. */
export function lossEvidence({ code, origin }: Pick<DecidableFailure, 'code' | 'origin'>): GateEvidence {
  const evidence = origin === 'application' || origin === 'local' ? NONE : EVIDENCE[code];
  return evidence.endpoint === 'unreachable' || evidence.account === 'throttled' ? evidence : NONE;
}

/** The time from which on earlier dials no longer limit the rate, milliseconds. */
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
 * - `call`: the session prepares its dial, then asks for its permit
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

  /** Tickets that count against the limit: dials, and preparations that are not late. */
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

  /** Whether one more ticket may leave the queue. While the endpoint is down, only one ticket at a time prepares its dial. */
  get hasRoom(): boolean {
    return this.busy < this.limit && !(this.#health.level === 'down' && this.#called > 0);
  }

  /** When the next step may be taken, as far as it depends on time alone. */
  nextAtMs(step: GateStep): number {
    const health = this.#health;
    if (health.level === 'healthy') return this.#notBeforeMs;
    const paceMs = paceAllowsAtMs(step === 'call' ? this.#callPace : this.#dialPace, this.#numbers);
    const leastMs = Math.max(this.#notBeforeMs, paceMs);
    return health.level === 'down' ? Math.max(leastMs, health.nextProbeAtMs) : leastMs;
  }

  /** Whether a called ticket, which counts against the limit already, may dial now. */
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

  /** @param random called once where the dial is a probe */
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

  /** Sets the floor to a wait that the service asked for; a later floor stays. */
  raiseFloor(notBeforeMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, notBeforeMs);
  }

  /** Forgets old failures without newer evidence, so that they do not delay a new dial. Call it while no ticket waits. */
  settle(nowMs: number): void {
    const health = this.#health;
    if (health.level === 'healthy') return;
    // The probe in flight will give newer evidence.
    if (health.level === 'down' && this.#dialling > 0) return;
    const quietSinceMs = Math.max(health.troubleAtMs, this.#notBeforeMs);
    if (nowMs - quietSinceMs >= this.#numbers.settleMs) this.#health = HEALTHY;
  }
}
