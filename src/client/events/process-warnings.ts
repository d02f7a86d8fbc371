/**
 * Process warnings of sessions, for failures that no handler receives: handlers that throw, endpoints without TLS, and a failing
 * `start()` whose promise is not awaited. Also their frequency. Must not decide whether a session has failed.
 */
import { REAL_TIME } from '../../adapters/node/runtime-sources.js';
import type { TimeSource } from '../../adapters/node/runtime-sources.js';
import { durationText } from '../../core/policy/delay.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { detached, memoizeLastAddress } from '../../core/memory/collections.js';
import type { Clock } from '../../ports/clock.js';
import { asError, Deferred, ObservedPromise } from '../waiting/deferred.js';

/** The period in which warnings are limited and counted, milliseconds. */
export const WARNING_PERIOD_MS = 60_000;

interface Period {
  readonly sinceMs: number;
  given: number;
  withheld: number;
}

/** Limits the process warnings of each kind; further ones are counted. Must not know clocks. */
export class WarningLimit {
  readonly #most: number;
  readonly #periods = new Map<string, Period>();

  /** @param most warnings of one kind in a period. There must be few kinds, because they are never dropped. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many warnings of this kind were withheld since the latest one; undefined if this one is to be withheld as well. */
  take(kind: string, nowMs: number): number | undefined {
    const current = this.#periods.get(kind);
    // Sessions may have different clocks: an earlier time begins a new period.
    if (current === undefined || nowMs < current.sinceMs || nowMs - current.sinceMs >= WARNING_PERIOD_MS) {
      this.#periods.set(kind, { sinceMs: nowMs, given: 1, withheld: 0 });
      return current?.withheld ?? 0;
    }
    if (current.given >= this.#most) {
      current.withheld += 1;
      return undefined;
    }
    current.given += 1;
    return 0;
  }
}

/** Warnings for one event, of all sessions of the process. */
const MOST_IN_A_MINUTE = 100;

/** The failures of one event of one session. */
interface Failures {
  readonly what: string;
  /** By the session's clock. */
  warnedAtMs: number;
  /** By the real clock. */
  warnedAtRealMs: number;
  /** Failures since the latest warning. */
  count: number;
  /** The text of the latest failure. */
  describe: () => string;
}

export interface HandlerFailure {
  /** The session, or its part that called the function. */
  readonly owner: object;
  /** The event or option that the function was called for. */
  readonly what: string;
  readonly nowMs: number;
  /** The text of the warning; called only if it is given. Must not refer to the session. */
  readonly describe: () => string;
}

export class HandlerWarnings {
  readonly #time: TimeSource;
  readonly #limit = new WarningLimit(MOST_IN_A_MINUTE);
  readonly #failuresOf = new WeakMap<object, Map<string, Failures>>();
  /** Failures with a count that no warning has reported yet. */
  readonly #counted = new Set<Failures>();
  #timer: NodeJS.Timeout | undefined;

  constructor(time: TimeSource = REAL_TIME) {
    this.#time = time;
  }

  failed({ owner, what, nowMs, describe }: HandlerFailure): void {
    const ofOwner = this.#failuresOf.get(owner) ?? new Map<string, Failures>();
    this.#failuresOf.set(owner, ofOwner);
    const before = ofOwner.get(what);
    if (before !== undefined && nowMs - before.warnedAtMs < WARNING_PERIOD_MS) {
      this.#count(before, describe);
      return;
    }
    const failures = before ?? { what, warnedAtMs: nowMs, warnedAtRealMs: 0, count: 0, describe };
    const elapsedMs = nowMs - failures.warnedAtMs;
    failures.warnedAtMs = nowMs;
    failures.warnedAtRealMs = this.#time.nowMs();
    ofOwner.set(what, failures);
    if (this.#limit.take(what, nowMs) === undefined) {
      this.#count(failures, describe);
      return;
    }
    const count = before === undefined ? 0 : before.count + 1;
    failures.count = 0;
    this.#counted.delete(failures);
    warn(count, elapsedMs, describe);
  }

  #count(failures: Failures, describe: () => string): void {
    failures.count += 1;
    failures.describe = describe;
    this.#counted.add(failures);
    this.#timer ??= this.#startTimer(failures.warnedAtRealMs);
  }

  #startTimer(sinceMs: number): NodeJS.Timeout {
    const delayMs = Math.max(sinceMs + WARNING_PERIOD_MS - this.#time.nowMs(), 0);
    return this.#time.setTimeout(() => this.#minuteOver(), delayMs).unref();
  }

  /** Gives one warning for each event, whatever the number of sessions in which its handlers failed. */
  #minuteOver(): void {
    this.#timer = undefined;
    const nowMs = this.#time.nowMs();
    const due = [...this.#counted].filter(
      ({ warnedAtRealMs }) => nowMs - warnedAtRealMs >= WARNING_PERIOD_MS,
    );
    const byEvent = new Map<string, { count: number; sinceMs: number; describe: () => string }>();
    for (const failures of due) {
      const { what, count, warnedAtRealMs, describe } = failures;
      const { count: others = 0, sinceMs = warnedAtRealMs } = byEvent.get(what) ?? {};
      byEvent.set(what, {
        count: others + count,
        sinceMs: Math.min(sinceMs, warnedAtRealMs),
        describe,
      });
      failures.warnedAtMs += nowMs - warnedAtRealMs;
      failures.warnedAtRealMs = nowMs;
      failures.count = 0;
      this.#counted.delete(failures);
    }
    for (const { count, sinceMs, describe } of byEvent.values()) warn(count, nowMs - sinceMs, describe);
    const next = Math.min(...[...this.#counted].map(({ warnedAtRealMs }) => warnedAtRealMs));
    if (this.#counted.size > 0) this.#timer = this.#startTimer(next);
  }
}

function warn(count: number, elapsedMs: number, describe: () => string): void {
  const more = count === 0 ? '' : `${count} more in ${durationText(elapsedMs)}, the latest: `;
  process.emitWarning(more + describe(), 'AvatarKitHandlerWarning');
}

const ofProcess = new HandlerWarnings();

export function warnOfHandler(failure: HandlerFailure): void {
  ofProcess.failed(failure);
}

/** The options of a session that are checked. */
export interface EndpointAddresses {
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
  /** Any value but undefined: then the console is not used. */
  readonly tokenProvider: unknown;
}

const CLEARTEXT_SCHEMES = ['http:', 'ws:'];
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Further hosts are not remembered, so they may get a second warning. */
const MAX_REMEMBERED_HOSTS = 100;
const warnedHosts = new Set<string>();

export function warnOfCleartext({
  consoleEndpointUrl,
  ingressEndpointUrl,
  tokenProvider,
}: EndpointAddresses): void {
  warnOnce('ingressEndpointUrl', cleartextIngress(ingressEndpointUrl));
  if (tokenProvider === undefined) warnOnce('consoleEndpointUrl', cleartextConsole(consoleEndpointUrl));
}

/** The protocol and host of an address that is sent in clear text over a network; undefined for an address with TLS or on this host. */
function cleartextOf(address: string): { readonly protocol: string; readonly host: string } | undefined {
  // Fast path: an address with TLS, the usual case, is not parsed.
  if (/^(?:https|wss):/i.test(address)) return undefined;
  const { protocol, hostname, host } = new URL(address);
  if (!CLEARTEXT_SCHEMES.includes(protocol) || LOOPBACK.test(hostname)) return undefined;
  return { protocol, host };
}

const cleartextIngress = memoizeLastAddress(cleartextOf);
const cleartextConsole = memoizeLastAddress(cleartextOf);

function warnOnce(option: string, cleartext: ReturnType<typeof cleartextOf>): void {
  if (cleartext === undefined) return;
  const { protocol, host } = cleartext;
  const key = `${option} ${host}`;
  if (warnedHosts.has(key)) return;
  if (warnedHosts.size >= MAX_REMEMBERED_HOSTS) warnedHosts.clear();
  warnedHosts.add(detached(key));
  process.emitWarning(
    `${option} has no TLS: credentials and audio go to ${host} in clear text; use ${protocol === 'ws:' ? 'wss:' : 'https:'}`,
    'AvatarKitCleartextWarning',
  );
}

/** Warnings for one code, of all sessions of the process. */
const limit = new WarningLimit(10);

/** Errors that a warning has reported: a session that is over gives the same error to every call. */
const reported = new WeakSet<object>();

/**
 * Warns of a failed `start()` unless one of its promises is awaited in the same turn of the event loop. Does nothing without a promise,
 * that is, if `start()` was not called or had resolved before.
 */
export function warnWhereUnobserved(
  clock: Clock,
  promises: readonly Promise<unknown>[] | undefined,
  error: () => Error,
): void {
  if (promises === undefined || promises.length === 0 || areObserved(promises)) return;
  // An `await` in the same turn observes the promise only after this point.
  clock.afterPendingInput(() => {
    if (areObserved(promises)) return;
    const failure = error();
    if (reported.has(failure)) return;
    reported.add(failure);
    warnOfFailedStart(failure, clock.nowMs());
  });
}

/** Whether one of them is awaited: they are promises of one start. */
function areObserved(promises: readonly Promise<unknown>[]): boolean {
  return promises.some((promise) => promise instanceof ObservedPromise && promise.observed);
}

/** The result of a `start()` that fails at once. @param isReported whether an `error` event has reported the error */
export function rejectedStart(clock: Clock, error: unknown, isReported = false): Promise<never> {
  const rejected = new Deferred<never>(ObservedPromise);
  const failure = asError(error);
  rejected.reject(failure);
  if (!isReported) warnWhereUnobserved(clock, [rejected.promise], () => failure);
  return rejected.promise;
}

function warnOfFailedStart(error: Error, nowMs: number): void {
  const ofSession = error instanceof AvatarSDKError;
  const withheld = limit.take(ofSession ? error.code : 'wrong options', nowMs);
  if (withheld === undefined) return;
  const others = withheld === 0 ? '' : ` (and ${withheld} more since the latest warning)`;
  process.emitWarning(
    ofSession
      ? `an avatar session could not start${others}: ${error.code}: ${error.message}. ${error.remediation} ` +
          'To handle this, await start(), or give onError.'
      : `start() of an avatar session has wrong options${others}, and nothing has begun: ${error.name}: ${error.message}. ` +
          'To handle this, await start().',
    'AvatarKitUnheardFailureWarning',
  );
}

/** Whether a signal ended the start by its time limit (`AbortSignal.timeout`): that is a failure, not a request of the application. */
export function isTimeout({ cause }: AvatarSDKError): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
