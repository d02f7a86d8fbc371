/**
 * Process warnings of a session that no handler can give: endpoints without TLS, and a `start()` that fails while its promise is not
 * awaited. The API key, the session token and the audio go over such an endpoint for everybody to read; once for each host and process.
 * Loopback addresses never leave the machine, and are not warned of.
 */
import { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { detached } from '../core/memory/collections.js';
import type { Clock } from '../ports/clock.js';
import { WarningLimit } from './events/handler-warnings.js';
import { asError, Deferred, ObservedPromise } from './waiting/deferred.js';

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
  warnOnce('ingressEndpointUrl', ingressEndpointUrl);
  if (tokenProvider === undefined) warnOnce('consoleEndpointUrl', consoleEndpointUrl);
}

function warnOnce(option: string, address: string): void {
  // Nearly every address has TLS: it is not parsed for this.
  if (/^(?:https|wss):/i.test(address)) return;
  const { protocol, hostname, host } = new URL(address);
  if (!CLEARTEXT_SCHEMES.includes(protocol) || LOOPBACK.test(hostname)) return;
  const key = `${option} ${host}`;
  if (warnedHosts.has(key)) return;
  if (warnedHosts.size >= MAX_REMEMBERED_HOSTS) warnedHosts.clear();
  warnedHosts.add(detached(key));
  process.emitWarning(
    `${option} has no TLS: credentials and audio go to ${host} in clear text; use ${protocol === 'ws:' ? 'wss:' : 'https:'}`,
    'AvatarKitCleartextWarning',
  );
}

/**
 * A `start()` that fails while nothing awaits its promise, and that no `error` event reports: one process warning. Does not decide
 * whether the session has failed.
 */

/** Of all sessions of the process, for one code. */
const limit = new WarningLimit(10);

/** Errors of sessions that a warning has reported: a session that is over gives the same error to every call. */
const reported = new WeakSet<object>();

/**
 * Warns of the failure unless the promise is awaited before the event loop has turned. Without a promise it does nothing: `start()` has
 * not been called, or had resolved before.
 */
export function warnWhereUnobserved(
  clock: Clock,
  promise: Promise<unknown> | undefined,
  error: () => Error,
): void {
  if (!(promise instanceof ObservedPromise)) return;
  // An `await` of the same turn looks at the promise only after it.
  clock.afterPendingInput(() => {
    if (promise.observed) return;
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
  if (!isReported) warnWhereUnobserved(clock, rejected.promise, () => failure);
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

/** Whether a signal ended the start because its time is up (`AbortSignal.timeout`): a failure, and not the application's wish. */
export function isTimeout({ cause }: AvatarSDKError): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
