/**
 * Decides what follows from a failure: the policy's decision, which the application's `retry.decide` may replace. Then reports it to the
 * session and to the application.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { applicationDecision, retryContext } from '../../core/policy/application-decision.js';
import type { AskedAbout, RetryDecider } from '../../core/policy/application-decision.js';
import { decide } from '../../core/policy/decide.js';
import type { Decision } from '../../core/policy/decide.js';
import { latestAttempt, nextAttempt } from '../../core/policy/outage.js';
import type { Outage } from '../../core/policy/outage.js';
import type { DecidableFailure } from '../../core/policy/decidable-failure.js';
import type { EndSignal } from '../../ports/end-signal.js';
import { warnOfHandler } from '../events/process-warnings.js';
import type { Lifecycle } from '../events/lifecycle.js';
import { isThenable } from '../../core/option/plain-object.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { SessionContext } from '../options/session-context.js';
import { thrownStack } from '../waiting/deferred.js';

/** What a decision needs from the session. */
export interface DecidingHost {
  readonly context: SessionContext;
  readonly lifecycle: Lifecycle;
}

export function decideAbout(
  host: DecidingHost,
  outage: Outage,
  failure: DecidableFailure,
  nowMs: number,
): Decision {
  const { policy, random, decide: application } = host.context;
  const proposed = decide(policy, outage, failure, nowMs, () => random.next());
  return application === undefined
    ? proposed
    : decidedByApplication(host, application, { policy, outage, failure, nowMs, proposed });
}

function decidedByApplication(host: DecidingHost, application: RetryDecider, asked: AskedAbout): Decision {
  const { failure, outage, nowMs, proposed } = asked;
  const warn = (describe: () => string): void =>
    warnOfHandler({
      owner: host,
      what: 'retry.decide',
      nowMs,
      describe: () => `retry.decide of an avatar session ${describe()}`,
    });
  try {
    const context = retryContext(failure, outage, nowMs);
    const { notifier } = host.lifecycle;
    const answer: unknown = notifier.inContext(() => application(context, { ...proposed }));
    if (isThenable(answer)) {
      // Its rejection must not end the process.
      answer.then(undefined, () => undefined);
      warn(() => `returned a promise, ${STANDS}`);
      return proposed;
    }
    const decision = applicationDecision(asked, answer);
    if (decision !== undefined) return decision;
    warn(() => `returned no answer, ${STANDS}; ${ANSWERS}`);
  } catch (error) {
    warn(() => `failed, ${STANDS}: ${thrownStack(error)}`);
  }
  return proposed;
}

const STANDS = 'so the policy’s decision stands';
const ANSWERS =
  "it may return { action: 'retry', delayMs } with delayMs ≥ 0, { action: 'giveUp' }, or nothing";

export interface ReconnectReporter {
  readonly lifecycle: Lifecycle;
  readonly errors: SessionErrors;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** The session ends with this failure; called before the event for the application. */
  givenUp(error: AvatarSDKError): void;
}

/**
 * Reports a decision to the session and to the application: the verdict on the error, the change of state, the entry for `explain()`, the
 * events, in this order.
 *
 * @param emitted the error that the application gets for this failure: `error`, or an earlier one that was the same failure; undefined if
 *   nothing more is emitted, unless the session ends
 */
export function reportDecision(
  reporter: ReconnectReporter,
  error: AvatarSDKError,
  decision: Decision,
  outage: Outage,
  emitted: AvatarSDKError | undefined,
): void {
  const { lifecycle } = reporter;
  const goesOn = decision.action === 'retry';
  const attempt = latestAttempt(outage);
  const verdict = goesOn
    ? { attempt, willRetry: true }
    : { attempt, willRetry: false, reason: decision.reason };
  recordVerdict(error, verdict);
  // An error that was emitted before said that the session continues: if it does not, the failure that ends the session is emitted as
  // well.
  const ending = goesOn ? undefined : (emitted ?? error);
  lifecycle.notifier.batch(() => {
    if (ending !== undefined) reporter.givenUp(recordVerdict(ending, verdict));
    lifecycle.verdictReached(verdict, ending ?? emitted);
    lifecycle.decided(decision, nextAttempt(outage));
    lifecycle.move(goesOn ? 'interrupted' : 'endingStarted', decision.why);
  });
  if (!goesOn || reporter.signal.aborted) return;
  const { delayMs, source } = decision;
  lifecycle.retried({ error, attempt: nextAttempt(outage), delayMs, source });
}

/**
 * @param latest the failure after which the session waits; absent if only other sessions have failed
 * @param wait why it waits, the minimum duration of the wait, and the message if only other sessions have failed
 */
export function reportGateWait(
  reporter: ReconnectReporter,
  latest: AvatarSDKError | undefined,
  outage: Outage,
  { why, leastMs, others }: { readonly why: string; readonly leastMs: number; readonly others: string },
): void {
  const { lifecycle } = reporter;
  if (lifecycle.state === 'websocket_connect') {
    // The attempt has begun and waits for its permit: no second attempt is announced.
    lifecycle.delayed({ attempt: latestAttempt(outage), delayMs: leastMs, source: 'gate', why });
    return;
  }
  const attempt = nextAttempt(outage);
  const error =
    latest ??
    recordVerdict(reporter.errors.gateTimeout(others, undefined), {
      attempt: latestAttempt(outage),
      willRetry: true,
    });
  lifecycle.notifier.batch(() => {
    lifecycle.delayed({ attempt, delayMs: leastMs, source: 'gate', why });
    if (lifecycle.state === 'idle') lifecycle.move('heldBack', why);
    lifecycle.retried({ error, attempt, delayMs: leastMs, source: 'gate' });
  });
}
