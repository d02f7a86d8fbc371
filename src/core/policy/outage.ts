/**
 * The history of one outage: what `decide` knows about the dials so far. An outage begins with the first connect or with a lost
 * connection. It ends when a connection has been confirmed and has shown signs of life for `stableAfterMs`: a service that accepts and
 * drops, or accepts and falls silent, is an outage that goes on. The time in which a connection worked does not count. The failures of
 * one request have a history of the same form. Values only: each event makes a new one. And the limits of an outage: how long and how
 * many attempts it may last, and how long one step of a dial.
 */
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';
import { ownMember } from '../option/plain-object.js';
import type { RetryPolicy } from './rule.js';
import { isBadCertificate, isTokenRefusal } from './decidable-failure.js';
import type { DecidableFailure } from './decidable-failure.js';

export interface Outage {
  /** When it began: the first connect, or the moment in which a loss was noticed. */
  readonly startedAtMs: number;
  /** How much of the time since then a connection was confirmed and alive, milliseconds. */
  readonly workedMs: number;
  /** Dials made in this outage, the first included. */
  readonly attempts: number;
  /** When the session's latest dial began, in this outage or before it; absent before the very first. */
  readonly lastAttemptAtMs?: number;
  /** Whether a confirmed connection was lost in this outage; its loss is a failure beside those of the dials. */
  readonly lostConnection: boolean;
  /** When the session's latest connection ended, lost or replaced on purpose; undefined where it had none. */
  readonly lastEndedAtMs: number | undefined;
  /** When the first connection ended that the latest one had come in place of; undefined where the latest one was stable, or the first. */
  readonly replacedEndedAtMs: number | undefined;
  /** Whether a refused token was already replaced in this outage: that happens once. */
  readonly tokenReplaced: boolean;
  /** Whether a refused token of a room was already replaced in this outage: that happens once, too. */
  readonly roomTokenReplaced: boolean;
  /** When a certificate was refused first in this outage; undefined while none was. */
  readonly badCertificateAtMs: number | undefined;
}

/**
 * An outage without a dial and without a loss: the session's first connect, or the replacement of a connection that ended on
 * purpose.
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
  // By name and not by spread: the engine gives each such copy a hidden class of its own, and every open session keeps one.
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

/** Something failed, and nothing is decided about it yet. */
export function failureNoticed(outage: Outage, failure: DecidableFailure, nowMs: number): Outage {
  return outage.badCertificateAtMs === undefined && isBadCertificate(failure)
    ? { ...outage, badCertificateAtMs: nowMs }
    : outage;
}

/** The session goes on after this failure. */
export function retryDecided(outage: Outage, failure: DecidableFailure): Outage {
  if (isTokenRefusal(failure)) return { ...outage, tokenReplaced: true };
  return failure.roomTokenRefused === true ? { ...outage, roomTokenReplaced: true } : outage;
}

export interface ConnectionLoss {
  /** When the service confirmed the connection that is now lost. */
  readonly confirmedAtMs: number;
  /** When it showed its last sign of life. Default: now. */
  readonly lastSignOfLifeAtMs?: number;
  readonly nowMs: number;
  /** The policy's `stableAfterMs`. */
  readonly stableAfterMs: number;
}

/**
 * A confirmed connection is lost. When it lived for `stableAfterMs` it had ended the outage that it came from, and a new one
 * begins now. Otherwise that outage goes on, without the time in which the connection worked. Where nothing else had failed in
 * it, its clock starts now: until the loss was noticed there was nothing to recover from.
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

/** Whether the loss that the outage begins with, or goes on with, is the first failure in it: the dial before it was not in place of another. */
export function isFirstFailure({ attempts, lostConnection, replacedEndedAtMs }: Outage): boolean {
  return lostConnection && (attempts === 0 || (attempts === 1 && replacedEndedAtMs === undefined));
}

/** The number of the attempt that is being made or was made last; 0 before the first. */
export function latestAttempt({ attempts }: Outage): number {
  return attempts;
}

/** The number of the attempt that follows. */
export function nextAttempt({ attempts }: Outage): number {
  return attempts + 1;
}

/** A request from one sending to the failure that ended it. */
export interface RequestRun {
  /** When the request was sent. */
  readonly sentAtMs: number;
  /** When the service last showed that it works at the request. */
  readonly aliveUntilMs: number;
  /** Whether it brought more of the request than any run before it. */
  readonly hadNewKeyframes: boolean;
}

/**
 * The history with one more failure. Time in which a run brought something new does not count; a run that brings nothing new is no
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

/** Dials in an outage, the first included, while `code` is what fails; Infinity for no limit. */
export function mostAttempts(policy: RetryPolicy, code: AvatarSDKErrorCode): number {
  return ownMember(policy.rules[code], 'maxAttempts') ?? policy.maxAttempts;
}

/** The longest outage that `code` allows, milliseconds, or Infinity; without a failure, what the policy allows. */
export function longestOutageMs(policy: RetryPolicy, code: AvatarSDKErrorCode | undefined): number {
  const limitMs = code === undefined ? undefined : ownMember(policy.rules[code], 'maxElapsedMs');
  return limitMs ?? policy.maxElapsedMs;
}

/**
 * How long the outage may still last, milliseconds; 0 when its time is over, Infinity where nothing limits it. Dials and waits
 * are cut to it.
 */
export function outageLeftMs(
  policy: RetryPolicy,
  outage: Outage,
  code: AvatarSDKErrorCode | undefined,
  nowMs: number,
): number {
  return Math.max(longestOutageMs(policy, code) - elapsedMs(outage, nowMs), 0);
}

/**
 * How long a dial may take, milliseconds: what is left of the outage. A step that is cut short fails as `connectionFailed`, so of
 * that row and the row of the latest failure the more patient one counts. A limit of 0 means that nothing is retried; it cuts no
 * dial.
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

/** The first dial of an outage whose steps have `patienceMs`: one failure may be chance, two in a row are an outage. */
const FIRST_PATIENT_ATTEMPT = 3;

/**
 * A service that comes back after an outage may have many dials in its queue. A dial that is aborted there
 * costs the service as much as one that is served, and its session begins again at the end. So later dials of
 * an outage wait longer.
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
