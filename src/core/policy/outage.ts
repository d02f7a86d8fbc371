/**
 * The history of one outage, which `decide` uses. An outage begins with the first connect or with a lost connection. It ends when a
 * connection has been confirmed and has received bytes for `stableAfterMs`: a service that accepts and drops, or accepts and sends
 * nothing, does not end the outage. The time in which a connection worked does not count. The failures of one request have a history of
 * the same form. Values only: each event makes a new one. Also the limits of an outage: its longest duration, its most attempts, and the
 * longest step of a dial.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { ownMember } from '../option/plain-object.js';
import type { RetryPolicy } from './rule.js';
import { isBadCertificate, isTokenRefusal } from './decidable-failure.js';
import type { DecidableFailure } from './decidable-failure.js';

export interface Outage {
  /** When it began: the time of the first connect, or of a noticed loss. */
  readonly startedAtMs: number;
  /** How long connections were confirmed and alive since then, milliseconds. */
  readonly workedMs: number;
  /** Dials made in this outage, the first included. */
  readonly attempts: number;
  /** When the session's latest dial began, in this outage or before it; absent before the very first. */
  readonly lastAttemptAtMs?: number;
  /** Whether a confirmed connection was lost in this outage; that loss counts as a failure in addition to those of the dials. */
  readonly lostConnection: boolean;
  /** When the session's latest connection ended, by a loss or a planned replacement; undefined if there was none. */
  readonly lastEndedAtMs: number | undefined;
  /** When the first connection ended that the latest one replaced; undefined if the latest one was stable, or the first. */
  readonly replacedEndedAtMs: number | undefined;
  /** Whether a refused token was replaced in this outage; that is done once. */
  readonly tokenReplaced: boolean;
  /** Whether a refused room token was replaced in this outage; that is done once as well. */
  readonly roomTokenReplaced: boolean;
  /** When a certificate was first refused in this outage; undefined if none was. */
  readonly badCertificateAtMs: number | undefined;
}

/**
 * An outage without a dial and without a loss: the session's first connect, or the planned replacement of a connection.
 *
 * @param lastEndedAtMs when that connection ended
 */
export function beginOutage(nowMs: number, lastEndedAtMs?: number): Outage {
  return begun(nowMs, false, lastEndedAtMs);
}

function begun(nowMs: number, lostConnection: boolean, lastEndedAtMs: number | undefined): Outage {
  return {
    startedAtMs: nowMs,
    workedMs: 0,
    attempts: 0,
    lostConnection,
    lastEndedAtMs,
    replacedEndedAtMs: undefined,
    tokenReplaced: false,
    roomTokenReplaced: false,
    badCertificateAtMs: undefined,
  };
}

/** Time without a working connection so far, milliseconds. Valid only while there is no connection. */
export function elapsedMs({ startedAtMs, workedMs }: Outage, nowMs: number): number {
  return nowMs - startedAtMs - workedMs;
}

/** A dial begins. */
export function attemptStarted(outage: Outage, nowMs: number): Outage {
  // Member by member instead of by spread: the engine gives each spread copy a hidden class of its own, and every open session keeps one.
  return {
    startedAtMs: outage.startedAtMs,
    workedMs: outage.workedMs,
    attempts: outage.attempts + 1,
    lostConnection: outage.lostConnection,
    lastEndedAtMs: outage.lastEndedAtMs,
    replacedEndedAtMs: outage.replacedEndedAtMs,
    tokenReplaced: outage.tokenReplaced,
    roomTokenReplaced: outage.roomTokenReplaced,
    badCertificateAtMs: outage.badCertificateAtMs,
    lastAttemptAtMs: nowMs,
  };
}

/** A failure was noticed; no decision about it yet. */
export function failureNoticed(outage: Outage, failure: DecidableFailure, nowMs: number): Outage {
  return outage.badCertificateAtMs === undefined && isBadCertificate(failure)
    ? { ...outage, badCertificateAtMs: nowMs }
    : outage;
}

/** The decision about the failure was to retry. */
export function retryDecided(outage: Outage, failure: DecidableFailure): Outage {
  if (isTokenRefusal(failure)) return { ...outage, tokenReplaced: true };
  return failure.roomTokenRefused === true ? { ...outage, roomTokenReplaced: true } : outage;
}

export interface ConnectionLoss {
  /** When the service confirmed the connection that is now lost. */
  readonly confirmedAtMs: number;
  /** When the last bytes came from the service. Default: now. */
  readonly lastSignOfLifeAtMs?: number;
  readonly nowMs: number;
  /** The policy's `stableAfterMs`. */
  readonly stableAfterMs: number;
}

/**
 * A confirmed connection was lost. If it had lived for `stableAfterMs`, it had ended the previous outage, and a new one begins now.
 * Otherwise the outage continues, without the time in which the connection worked. If nothing else had failed in it, its clock starts
 * now, because no failure existed before the loss was noticed.
 */
export function connectionLost(outage: Outage, loss: ConnectionLoss): Outage {
  const { confirmedAtMs, nowMs, lastSignOfLifeAtMs = nowMs, stableAfterMs } = loss;
  const livedMs = Math.max(lastSignOfLifeAtMs - confirmedAtMs, 0);
  if (livedMs >= stableAfterMs) {
    // The time of the latest dial is kept across outages: the least interval applies to all dials of the session.
    const { lastAttemptAtMs } = outage;
    const fresh = begun(nowMs, true, nowMs);
    return lastAttemptAtMs === undefined ? fresh : { ...fresh, lastAttemptAtMs };
  }
  const goesOn = {
    lostConnection: true,
    lastEndedAtMs: nowMs,
    replacedEndedAtMs: outage.replacedEndedAtMs ?? outage.lastEndedAtMs,
  };
  if (outage.attempts <= 1 && !outage.lostConnection) {
    return { ...outage, startedAtMs: nowMs, workedMs: 0, ...goesOn };
  }
  return { ...outage, workedMs: outage.workedMs + livedMs, ...goesOn };
}

/** Whether the loss is the first failure of the outage: there was at most one dial, and its connection replaced no other. */
export function isFirstFailure({ attempts, lostConnection, replacedEndedAtMs }: Outage): boolean {
  return lostConnection && (attempts === 0 || (attempts === 1 && replacedEndedAtMs === undefined));
}

/** The number of the current or latest attempt; 0 before the first. */
export function latestAttempt({ attempts }: Outage): number {
  return attempts;
}

/** The number of the next attempt. */
export function nextAttempt({ attempts }: Outage): number {
  return attempts + 1;
}

/** One sending of a request, up to the failure that ended it. */
export interface RequestRun {
  /** When the request was sent. */
  readonly sentAtMs: number;
  /** When the service last sent a sign that it processes the request. */
  readonly aliveUntilMs: number;
  /** Whether it brought keyframes that no run before it had brought. */
  readonly hadNewKeyframes: boolean;
}

/**
 * The history with one more failure. The time of a run that brought new keyframes does not count. A run without new keyframes is no
 * progress, however long it lasts.
 *
 * @param history undefined for the first failure of the request
 */
export function requestFailed(
  history: Outage | undefined,
  run: RequestRun,
  nowMs: number,
  stableAfterMs: number,
): Outage {
  const fresh = attemptStarted(beginOutage(nowMs), nowMs);
  if (history === undefined) return fresh;
  if (!run.hadNewKeyframes) return history;
  const workedMs = Math.max(run.aliveUntilMs - run.sentAtMs, 0);
  return workedMs >= stableAfterMs ? fresh : { ...history, workedMs: history.workedMs + workedMs };
}

/** The most dials in an outage, the first included, while the latest failure is `code`; Infinity for no limit. */
export function mostAttempts(policy: RetryPolicy, code: AvatarSDKErrorCode): number {
  return ownMember(policy.rules[code], 'maxAttempts') ?? policy.maxAttempts;
}

/** The longest outage that the rule of `code` allows, milliseconds, or Infinity; without a code, the limit of the policy. */
export function longestOutageMs(policy: RetryPolicy, code: AvatarSDKErrorCode | undefined): number {
  const limitMs = code === undefined ? undefined : ownMember(policy.rules[code], 'maxElapsedMs');
  return limitMs ?? policy.maxElapsedMs;
}

/** How long the outage may still last, milliseconds; 0 when its time is over, Infinity without a limit. Dials and waits are cut to it. */
export function outageLeftMs(
  policy: RetryPolicy,
  outage: Outage,
  code: AvatarSDKErrorCode | undefined,
  nowMs: number,
): number {
  return Math.max(longestOutageMs(policy, code) - elapsedMs(outage, nowMs), 0);
}

/**
 * How long a dial may take, milliseconds: the rest of the outage. A step that is cut short fails as `connectionFailed`, so the longer
 * limit counts of that code's row and the row of the latest failure. A limit of 0 means that nothing is retried; then dials are not cut.
 */
export function dialLeftMs(
  policy: RetryPolicy,
  outage: Outage,
  latest: AvatarSDKErrorCode | undefined,
  nowMs: number,
): number {
  const limitMs = Math.max(longestOutageMs(policy, latest), longestOutageMs(policy, 'connectionFailed'));
  return limitMs === 0 ? Infinity : Math.max(limitMs - elapsedMs(outage, nowMs), 0);
}

/** The first dial of an outage whose steps may take `patienceMs`: one failure may be chance, two in a row are an outage. */
const FIRST_PATIENT_ATTEMPT = 3;

/**
 * A service that has just recovered may have many dials in its queue. A dial that is aborted there costs the service as much as one that
 * is served, and its session then starts again at the end of the queue. So later dials of an outage wait longer.
 *
 * The limit of each step of a dial (token, upgrade, handshake), milliseconds: `timeoutMs`, and from the third
 * dial of the outage on `patienceMs` where that is longer.
 *
 * @param attempt the dial's number in its outage, from 1
 * @param timeoutMs the session's ordinary limit
 */
export function stepLimitMs({ patienceMs }: RetryPolicy, attempt: number, timeoutMs: number): number {
  return attempt < FIRST_PATIENT_ATTEMPT ? timeoutMs : Math.max(timeoutMs, patienceMs);
}
