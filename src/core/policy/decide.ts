/**
 * The decision about a failure: the only place that combines the table, the limits of the outage, the service's hint and the random draw.
 * Pure: the same arguments give the same decision, with a clause that explains it. Also the effect of a ServerError without a request id
 * on a running connection, and whether a close after it is a failure of its own: the service often states the cause in a ServerError and
 * then closes. Does not sleep, close, count or write on the error: that is the shell's task, which also keeps the history of the outage
 * with outage.ts.
 */
import type { GiveUpReason } from '../failure/avatar-sdk-error.js';
import { ownMember } from '../option/plain-object.js';
import { nextAttempt, elapsedMs, isFirstFailure, longestOutageMs, mostAttempts } from './outage.js';
import type { Outage } from './outage.js';
import { delayCeilingMs, durationText, usableHintMs, nextDelay, drainWindowMs } from './delay.js';
import { RECONNECT_RULES, reconnectRule } from './reconnect-rules.js';
import type { Backoff, RetryPolicy, Rule } from './rule.js';
import { isTokenRefusal } from './decidable-failure.js';
import type { DecidableFailure } from './decidable-failure.js';
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';

export type { DecidableFailure } from './decidable-failure.js';

/**
 * Where a delay came from.
 * - `backoff`: our own draw, or the least interval between dials; a shorter hint may be present
 * - `hint`: the service's hint, with its spread
 * - `staleToken`: no delay: a refused token that had been fetched before the dial is replaced at once
 * - `application`: the application's `retry.decide`
 * - `gate`: the shared connect gate; never from `decide`
 * - `budget`: the endpoint's budget for re-sends; never from `decide`
 * - `memory`: audio waits for room in `replay.maxProcessBytes`, which is used by other sessions; never from `decide`
 */
export type DelaySource = 'backoff' | 'hint' | 'staleToken' | 'application' | 'gate' | 'budget' | 'memory';

/** The session retries after a delay. */
export interface RetryDecision {
  /** Names this kind of decision. */
  readonly action: 'retry';
  /** Whole milliseconds, 0 to 2³¹−1. */
  readonly delayMs: number;
  /** Where the delay comes from. */
  readonly source: DelaySource;
  /** Lower bound of the range from which the delay was drawn, milliseconds. */
  readonly minDelayMs: number;
  /** Upper bound of that range, milliseconds. */
  readonly maxDelayMs: number;
  /** One clause for people: the row and the numbers that led to the decision. */
  readonly why: string;
}

/** The session gives up. */
export interface GiveUpDecision {
  /** Names this kind of decision. */
  readonly action: 'giveUp';
  /** Which rule or limit ended the outage. */
  readonly reason: GiveUpReason;
  /** One clause for people: the row and the numbers that led to the decision. */
  readonly why: string;
}

/** What the policy does about a failure. */
export type Decision = RetryDecision | GiveUpDecision;

export type Decide = (
  policy: RetryPolicy,
  outage: Outage,
  failure: DecidableFailure,
  nowMs: number,
  /** Uniform in [0, 1); called once if a delay is drawn, otherwise not at all. */
  random: () => number,
) => Decision;

/**
 * The first rule that applies decides: stale token, the rows for a reconnect, table, attempts, hint too long, elapsed time. Otherwise
 * there is a delay.
 */
export const decide: Decide = (policy, outage, failure, nowMs, random) => {
  const { code } = failure;
  const rule = policy.rules[code];
  const maxAttempts = mostAttempts(policy, code);
  const maxElapsedMs = longestOutageMs(policy, code);
  const hintMs = usableHintMs(failure.retryAfterMs);
  const stale = replacesStaleToken(outage, failure);
  const special = reconnectRule(policy, outage, failure, nowMs);

  const surfaced = stale || special !== undefined ? undefined : whySurfaced(rule, failure, hintMs);
  if (surfaced !== undefined) return giveUp('rule', `surfaced: ${surfaced}`);

  if (outage.attempts >= maxAttempts) {
    const made = `${outage.attempts} ${outage.attempts === 1 ? 'attempt' : 'attempts'} made`;
    return giveUp('attempts', `given up: ${made}, ${code} allows ${maxAttempts}`);
  }
  if (!stale && hintMs !== undefined && hintMs > policy.maxHintMs) {
    const asked = `the service asked for ${durationText(hintMs)}`;
    return giveUp('hintTooLong', `given up: ${asked}, at most ${durationText(policy.maxHintMs)} is accepted`);
  }

  const ofRule = ownMember(rule, 'backoff');
  const backoff = ofRule === undefined ? policy.backoff : { ...policy.backoff, ...ofRule };
  const drain = widenedForDrain(backoff, outage, failure);
  const lone = narrowedForLone(backoff, outage, failure);
  const delay = stale
    ? REPLACED_AT_ONCE
    : nextDelay(drain ?? lone ?? backoff, outage, hintMs, nowMs, random(), special?.untilMs);
  const lastedMs = elapsedMs(outage, nowMs);
  if (lastedMs + delay.delayMs > maxElapsedMs) {
    const next =
      lastedMs < maxElapsedMs
        ? `the next attempt would come ${durationText(lastedMs + delay.delayMs)} into the outage`
        : `${durationText(lastedMs)} without a connection`;
    return giveUp('elapsed', `given up: ${next}, ${code} allows ${durationText(maxElapsedMs)}`);
  }

  const { delayMs, minDelayMs, maxDelayMs, source } = delay;
  const spread =
    drain !== undefined
      ? `, for ${failure.drainedSessions} sessions with the same drain notice`
      : lone !== undefined
        ? ', as no other session lost this endpoint within the last second'
        : '';
  const attempt = `attempt ${nextAttempt(outage)}${maxAttempts === Infinity ? '' : ` of ${maxAttempts}`}`;
  const because = special === undefined ? '' : `; ${RECONNECT_RULES[special.name].reason}`;
  const why = `${code} is retried: ${attempt}, ${delay.text}${spread}${because}`;
  return { action: 'retry', delayMs, minDelayMs, maxDelayMs, source, why };
};

/** The first delay after a drain notice is drawn from a wider window; undefined if that would not be wider. */
function widenedForDrain(
  backoff: Backoff,
  { attempts }: Outage,
  { drainedSessions }: DecidableFailure,
): Backoff | undefined {
  // With jitter `none` there is no window.
  if (drainedSessions === undefined || attempts > 0 || backoff.jitter === 'none') return undefined;
  const baseMs = drainWindowMs(drainedSessions, backoff);
  return baseMs > backoff.baseMs ? { ...backoff, baseMs } : undefined;
}

/** The longest first delay of a session that alone lost its connection, milliseconds: about as long as a natural pause in speech. */
const LONE_WINDOW_MS = 250;

/** The first delay after a loss of this session alone is drawn from a narrower window; undefined if that would not be narrower. */
function narrowedForLone(
  backoff: Backoff,
  outage: Outage,
  { isLone, drainedSessions }: DecidableFailure,
): Backoff | undefined {
  if (isLone !== true || drainedSessions !== undefined || !isFirstFailure(outage)) return undefined;
  const usualMs = delayCeilingMs(backoff, outage.attempts);
  return backoff.jitter === 'full' && usualMs > LONE_WINDOW_MS
    ? { ...backoff, baseMs: LONE_WINDOW_MS, factor: 1 }
    : undefined;
}

const REPLACED_AT_ONCE = {
  delayMs: 0,
  minDelayMs: 0,
  maxDelayMs: 0,
  source: 'staleToken',
  text: 'at once with a fresh token, as the refused one had been fetched ahead',
} as const;

function giveUp(reason: GiveUpReason, why: string): GiveUpDecision {
  return { action: 'giveUp', reason, why };
}

/**
 * A token that was fetched before the dial may have expired before it was used. Its refusal does not show that the credentials are wrong,
 * so the table does not apply. Once per outage: the replacement is fetched for its dial, so its refusal is about the credentials.
 */
function replacesStaleToken(outage: Outage, failure: DecidableFailure): boolean {
  return (
    failure.tokenStale === true &&
    !outage.tokenReplaced &&
    failure.phase === 'websocket_connect' &&
    isTokenRefusal(failure)
  );
}

/** Whether the table alone allows a retry; the limits and the rows for a reconnect may decide otherwise. */
export function isRetriedByRule(
  rule: Rule,
  failure: Pick<DecidableFailure, 'code' | 'permanent' | 'retryAfterMs'>,
): boolean {
  return whySurfaced(rule, failure, usableHintMs(failure.retryAfterMs)) === undefined;
}

function whySurfaced(
  rule: Rule,
  failure: Pick<DecidableFailure, 'code' | 'permanent'>,
  hintMs: number | undefined,
): string | undefined {
  const { code } = failure;
  switch (rule.action) {
    case 'surface':
      return `the table does not retry ${code}`;
    case 'retryIfHinted':
      if (hintMs === undefined) return `${code} is retried only when the service says when, and it did not`;
      break;
    case 'retry':
      break;
  }
  return failure.permanent && ownMember(rule, 'retryPermanent') !== true
    ? `waiting cannot remedy this ${code}`
    : undefined;
}

/**
 * - `redial`: the policy retries the failure: the connection is closed, and its loss is decided like any other
 * - `endSession`: the policy surfaces it, and the session cannot continue: the connection is closed as well
 * - `report`: the policy surfaces it: `onError` is called, and the connection stays open
 */
export type ServerErrorEffect = 'redial' | 'endSession' | 'report';

/** Codes that are only reported: the session can continue after them. */
const REPORTED_ONLY: readonly AvatarSDKErrorCode[] = [
  'serverError',
  'unknown',
  'protocolError',
  'invalidRequest',
];

export function serverErrorEffect(
  policy: RetryPolicy,
  failure: Pick<DecidableFailure, 'code' | 'permanent' | 'retryAfterMs'>,
): ServerErrorEffect {
  if (isRetriedByRule(policy.rules[failure.code], failure)) return 'redial';
  return REPORTED_ONLY.includes(failure.code) ? 'report' : 'endSession';
}

/** A close that comes later than this is a failure of its own, milliseconds. Number of the protocol notes, §7.6. */
export const SAME_FAILURE_WINDOW_MS = 1_000;

/** Close codes that give no reason. */
const SAYS_NOTHING: readonly number[] = Object.freeze([1000, 1005, 1006, 1011]);

/** The fields that are compared; every ClassifiedFailure and AvatarSDKError has them. `second` may also be a NormalEnd. */
export interface SeenFailure {
  /** Absent on a normal end. */
  readonly code?: AvatarSDKErrorCode;
  readonly serverCode?: string;
  readonly closeCode?: number;
  readonly connectionId?: string;
}

/**
 * True when `second` is a close, came at most a second after the error `first` (not a close) on the same connection, and adds no
 * information: it has the same code, repeats the ServerError's number, is one of 1000, 1005, 1006 and 1011 without an informative reason,
 * or is the 1009 that follows an oversized frame.
 */
export function sameFailure(first: SeenFailure, second: SeenFailure, elapsedMs: number): boolean {
  if (first.closeCode !== undefined || second.closeCode === undefined) return false;
  if (!(elapsedMs >= 0 && elapsedMs <= SAME_FAILURE_WINDOW_MS)) return false;
  if (!sameConnection(first.connectionId, second.connectionId)) return false;
  if (first.code === second.code || first.serverCode === String(second.closeCode)) return true;
  if (first.code === 'protocolError' && second.closeCode === 1009) return true;
  // A close whose reason led to a more specific code does add information.
  const plain = second.code === undefined || second.code === 'connectionClosed';
  return plain && SAYS_NOTHING.includes(second.closeCode);
}

function sameConnection(first: string | undefined, second: string | undefined): boolean {
  return first === undefined || second === undefined || first === second;
}
