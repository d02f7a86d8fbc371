/**
 * Process warnings of sessions, for failures that no handler gets: handlers that throw, endpoints without TLS, and a `start()` that fails
 * while its promise is not awaited. Also how often each is given. Must not decide whether a session has failed.
 */
import { REAL_TIME } from '../../adapters/node/runtime-sources.js';
import type { TimeSource } from '../../adapters/node/runtime-sources.js';
import { durationText } from '../../core/policy/delay.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { detached, memoizeLastAddress } from '../../core/memory/collections.js';
import type { Clock } from '../../ports/clock.js';
import { asError, Deferred, ObservedPromise } from '../waiting/deferred.js';

/** Warnings are limited, and repeated, by the minute. */
export const WARNING_PERIOD_MS = 60_000;

interface Period {
  readonly sinceMs: number;
  given: number;
  withheld: number;
}

/** Limits how many process warnings of one kind a process gives in a minute; further ones are counted. Must not know clocks. */
export class WarningLimit {
  readonly #most: number;
  readonly #periods = new Map<string, Period>();

  /** At most so many of one kind in a period. There must be few kinds: they are kept for ever. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many warnings of this kind were withheld since the latest one; undefined when this one is to be withheld too. */
  take(kind: string, nowMs: number): number | undefined {
    const current = this.#periods.get(kind);
    // Sessions may have clocks of their own: one that lies behind begins a new period.
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

/** Of all sessions of the process, for one event. */
const MOST_IN_A_MINUTE = 100;

/** Of one event of one session. */
interface Failures {
  readonly what: string;
  /** On the session's clock. */
  warnedAtMs: number;
  /** In real time. */
  warnedAtRealMs: number;
  /** Since the latest warning. */
  count: number;
  /** The sentence of the latest one. */
  describe: () => string;
}

export interface HandlerFailure {
  /** The session, or the part of it that called the function. */
  readonly owner: object;
  /** What it was called for: the event, the option. */
  readonly what: string;
  readonly nowMs: number;
  /** The sentence of the warning; called only where there is one. Must not refer to the session. */
  readonly describe: () => string;
}

export class HandlerWarnings {
  readonly #time: TimeSource;
  readonly #limit = new WarningLimit(MOST_IN_A_MINUTE);
  readonly #failuresOf = new WeakMap<object, Map<string, Failures>>();
  /** Those with a count that no warning has said. */
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

  /** One warning for each event, whatever number of sessions it has failed in. */
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

/** The part of a session's options that is looked at. */
export interface EndpointAddresses {
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
  /** Anything but undefined: the console is not asked. */
  readonly tokenProvider: unknown;
}

const CLEARTEXT_SCHEMES = ['http:', 'ws:'];
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** More hosts than that are not remembered, and warned of again. */
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

/** What goes to an address in clear text over a network; undefined for one with TLS, and on this host. */
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

/** Of all sessions of the process, for one code. */
const limit = new WarningLimit(10);

/** Errors of sessions that a warning has reported: a session that is over gives the same error to every call. */
const reported = new WeakSet<object>();

/**
 * Warns of a failed `start()` unless one of its promises is awaited before the event loop has turned. Does nothing without a promise:
 * `start()` was not called, or had resolved before.
 */
export function warnWhereUnobserved(
  clock: Clock,
  promises: readonly Promise<unknown>[] | undefined,
  error: () => Error,
): void {
  if (promises === undefined || promises.length === 0) return;
  // An `await` of the same turn looks at the promise only after it.
  clock.afterPendingInput(() => {
    if (promises.some((promise) => promise instanceof ObservedPromise && promise.observed)) return;
    const failure = error();
    if (reported.has(failure)) return;
    reported.add(failure);
    warnOfFailedStart(failure, clock.nowMs());
  });
}

/** What `start()` gives where it fails at once. @param isReported whether an `error` event has reported it */
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

/**
 * Whether a signal ended the start because its time is up (`AbortSignal.timeout`): a failure, not a request
 * of the application.
 */
export function isTimeout({ cause }: AvatarSDKError): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
