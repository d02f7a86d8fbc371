/** What every coordinator of this package is given, applies and shows: limits, checked; news for a line of dials; a snapshot of the fleet. */
import { isSharedHint } from '../core/fleet/dial-line.js';
import type { DialLine, LineAsker } from '../core/fleet/dial-line.js';
import { requireNumber } from '../core/option/option-check.js';
import type { FleetNews } from '../ports/fleet-coordinator.js';

/** The limits of a fleet. */
export interface FleetLimits {
  /**
   * Sessions of one `appId` that may be open at one endpoint at the same time, at least 1: the limit of the plan.
   *
   * @default no limit
   */
  readonly maxSessions?: number | undefined;
  /**
   * Dials of one endpoint per second, of all processes together, at least 0.1.
   *
   * @default 100
   */
  readonly dialsPerSecond?: number | undefined;
}

/** One lease of a fleet. */
export interface FleetLease {
  /** The `appId` of the session. */
  readonly account: string;
  /** The id of the session in the fleet. */
  readonly sessionId: string;
  /** The process that has it. */
  readonly worker: string;
  /** When it ends unless it is renewed, milliseconds from now; Infinity where it does not end by itself. */
  readonly expiresInMs: number;
}

/** An endpoint as the fleet knows it. */
export interface FleetEndpoint {
  /** `wss://HOST/PATH`. */
  readonly endpoint: string;
  /** Whether the fleet takes it for down, and probes it. */
  readonly down: boolean;
  /** How long nobody may dial because the service asked for it, milliseconds; 0 where it did not. */
  readonly waitMs: number;
  /** The session whose dial is the probe; undefined while there is none. */
  readonly probedBy: string | undefined;
  /** Processes that were seen lately. */
  readonly workers: number;
  /** Sessions that wait for a place because the limit of their plan is reached. */
  readonly waiting: number;
  /** Those that count now. */
  readonly leases: readonly FleetLease[];
}

/** A fleet at one moment. */
export interface FleetSnapshot {
  /** Whether the store answers. */
  readonly available: boolean;
  /** Every endpoint that this coordinator was asked about. */
  readonly endpoints: readonly FleetEndpoint[];
}

const DEFAULT_DIALS_PER_SECOND = 100;

/** Every limit, checked. @throws TypeError or RangeError naming the option, the bound and the value */
export function checkLimits({ maxSessions, dialsPerSecond }: FleetLimits): {
  readonly maxSessions: number;
  readonly dialsPerSecond: number;
} {
  return {
    maxSessions:
      maxSessions === undefined
        ? Infinity
        : requireNumber('maxSessions', maxSessions, { min: 1, integer: true, infinite: true }),
    dialsPerSecond:
      dialsPerSecond === undefined
        ? DEFAULT_DIALS_PER_SECOND
        : requireNumber('dialsPerSecond', dialsPerSecond, { min: 0.1, infinite: true }),
  };
}

/** Whose news it is. */
export interface NewsSource {
  readonly asker: LineAsker;
  readonly account: string;
  /** Sessions that the line is for. */
  readonly sessions: number;
}

/** Applies what a session has published to the line of its endpoint. */
export function applyNews(
  line: DialLine,
  { asker, account, sessions }: NewsSource,
  news: FleetNews,
  nowMs: number,
): void {
  switch (news.kind) {
    case 'answered':
      line.answered();
      return;
    case 'unreachable':
      line.unreachable(asker, nowMs);
      return;
    case 'left':
      line.left(asker.sessionId);
      return;
    case 'hint':
      if (!isSharedHint(news.delayMs)) return;
      line.hinted(news.scope === 'account' ? account : undefined, nowMs + news.delayMs);
      return;
    case 'drain':
      line.drained(sessions, nowMs);
  }
}
