/**
 * The options that every coordinator of this package has, and their application: checked limits, and messages of
 * sessions for a line of dials.
 */
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

const DEFAULT_DIALS_PER_SECOND = 100;

/** All limits, checked. @throws TypeError or RangeError naming the option, the bound and the value */
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

/** The sender of a message. */
export interface NewsSource {
  readonly asker: LineAsker;
  readonly account: string;
  /** The number of sessions that use the line. */
  readonly sessions: number;
}

/** Applies a message of a session to the line of its endpoint. */
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
