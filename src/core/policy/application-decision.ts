/**
 * The arguments of an application's own `retry.decide`, and the meaning of its answer. Pure: the shell calls the function and handles
 * what it throws.
 */
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from '../failure/avatar-sdk-error-code.js';
import { MAX_TIMER_MS } from '../option/option-check.js';
import { ownMember } from '../option/plain-object.js';
import { latestAttempt, nextAttempt, elapsedMs } from './outage.js';
import type { DecidableFailure, Decision, RetryDecision } from './decide.js';
import { durationText, leastDelayMs } from './delay.js';
import type { Outage } from './outage.js';
import type { RetryPolicy } from './rule.js';

/** The failure and its outage, under the field names of AvatarSDKError. A copy: a change of it has no effect. */
export interface RetryContext {
  /** The code of the failure. */
  readonly code: AvatarSDKErrorCode;
  /** The phase of the session in which it happened. */
  readonly phase: Phase;
  /** The step within the phase. */
  readonly step?: Step;
  /** Where the failure comes from. */
  readonly origin?: FailureOrigin;
  /** Whether waiting cannot remedy the failure: a bad certificate, an invalid URL, an application close code. */
  readonly permanent: boolean;
  /** The HTTP status of a refused token request or upgrade. */
  readonly httpStatus?: number;
  /** The WebSocket close code; 1006 when no close frame came. */
  readonly closeCode?: number;
  /** The wait that the service asked for, milliseconds. */
  readonly retryAfterMs?: number;
  /** Attempts made in this outage, the failed one included, as in `error.attempt`. */
  readonly attempt: number;
  /** Time without a working connection in this outage so far, whole milliseconds. */
  readonly elapsedMs: number;
}

/**
 * - `retry`: after `delayMs`, milliseconds; cut to 2³¹−1, and raised where two dials would be less than
 *   `backoff.minIntervalMs` apart. No limit of the policy applies to it.
 * - `giveUp`: the failure is surfaced; `error.reason` is `rule`
 */
export type RetryAnswer =
  | {
      /** Names this kind of answer. */
      readonly action: 'retry';
      /** The delay before the next attempt, milliseconds. */
      readonly delayMs: number;
    }
  | { readonly action: 'giveUp' };

/**
 * Called with the decision that the policy proposes. To accept it, return it or nothing; or return another answer. After a throw, a
 * promise or an invalid answer the proposal applies, and the process emits an `AvatarKitHandlerWarning`.
 */
export type RetryDecider = (context: RetryContext, proposed: Decision) => RetryAnswer | undefined | void;

export function retryContext(failure: DecidableFailure, outage: Outage, nowMs: number): RetryContext {
  const { code, phase, step, origin, permanent, httpStatus, closeCode, retryAfterMs } = failure;
  return {
    code,
    phase,
    ...(step !== undefined && { step }),
    ...(origin !== undefined && { origin }),
    permanent,
    ...(httpStatus !== undefined && { httpStatus }),
    ...(closeCode !== undefined && { closeCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    attempt: latestAttempt(outage),
    elapsedMs: Math.round(elapsedMs(outage, nowMs)),
  };
}

export interface AskedAbout {
  readonly policy: RetryPolicy;
  readonly outage: Outage;
  readonly failure: DecidableFailure;
  readonly nowMs: number;
  readonly proposed: Decision;
}

/** The decision that an answer leads to; undefined for an invalid answer. An answer that equals the proposal gives the proposal. */
export function applicationDecision(asked: AskedAbout, answer: unknown): Decision | undefined {
  const { proposed, outage } = asked;
  if (answer === undefined) return proposed;
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { action, delayMs } = answer as { readonly action?: unknown; readonly delayMs?: unknown };
  const table = `; the policy proposed: ${proposed.why}`;
  if (action === 'giveUp') {
    if (proposed.action === 'giveUp') return proposed;
    return { action, reason: 'rule', why: `retry.decide chose: given up${table}` };
  }
  if (action !== 'retry' || typeof delayMs !== 'number' || !Number.isFinite(delayMs) || delayMs < 0)
    return undefined;
  if (proposed.action === 'retry' && delayMs === proposed.delayMs) return proposed;
  const ownMs = ownDelayMs(asked, delayMs);
  return {
    action,
    delayMs: ownMs,
    minDelayMs: ownMs,
    maxDelayMs: ownMs,
    source: ownSource(proposed),
    why: `retry.decide chose: attempt ${nextAttempt(outage)}, ${durationText(ownMs)}${table}`,
  };
}

/** Whole milliseconds, rounded up: timers cut fractions off, so the dial would come too early. */
function ownDelayMs({ policy, outage, failure, nowMs }: AskedAbout, delayMs: number): number {
  const backoff = { ...policy.backoff, ...ownMember(policy.rules[failure.code], 'backoff') };
  const floorMs = Math.max(leastDelayMs(backoff, outage, nowMs), 0);
  return Math.ceil(Math.min(Math.max(delayMs, floorMs), MAX_TIMER_MS));
}

/** A stale token is replaced even where the application asks for a delay. */
function ownSource(proposed: Decision): RetryDecision['source'] {
  return proposed.action === 'retry' && proposed.source === 'staleToken' ? 'staleToken' : 'application';
}
