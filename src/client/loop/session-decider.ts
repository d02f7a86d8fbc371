/**
 * What one session does about a failure: the policy's decision, and round it the application's own `retry.decide`. That
 * function can't harm the session: whatever it does that is no answer, the policy's decision stands.
 */
import { applicationDecision, retryContext } from '../../core/policy/application-decision.js';
import type { AskedAbout, RetryDecider } from '../../core/policy/application-decision.js';
import { decide } from '../../core/policy/decide.js';
import type { DecidableFailure } from '../../core/policy/to-decidable-failure.js';
import type { Decision } from '../../core/policy/decide.js';
import type { Outage } from '../../core/policy/outage.js';
import { warnOfHandler } from '../events/handler-warnings.js';
import type { Lifecycle } from '../events/lifecycle.js';
import { isThenable } from '../events/notifier.js';
import type { SessionContext } from '../options/session-context.js';
import { thrownStack } from '../waiting/thrown-text.js';

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
