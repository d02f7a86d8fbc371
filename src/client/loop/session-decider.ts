/**
 * What one session does about a failure: the policy's decision, and round it the application's own `retry.decide`. That
 * function can't harm the session: whatever it does that is no answer, the policy's decision stands.
 */
import { applicationDecision, retryContext } from '../../core/policy/application-decision.js';
import type { AskedAbout, RetryDecider } from '../../core/policy/application-decision.js';
import { decide } from '../../core/policy/decide.js';
import type { DecidableFailure, Decision } from '../../core/policy/decide.js';
import type { Outage } from '../../core/policy/outage.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import type { Random } from '../../ports/random.js';
import { warnOfHandler } from '../events/handler-warnings.js';
import { isThenable } from '../events/notifier.js';
import type { Notifier } from '../events/notifier.js';
import type { ResolvedRetry } from '../options/resolve-retry-option.js';
import { thrownStack } from '../waiting/thrown-text.js';

export class SessionDecider {
  readonly #policy: RetryPolicy;
  readonly #application: RetryDecider | undefined;
  readonly #random: Random;
  readonly #notifier: Notifier;

  constructor({ policy, decide: application }: ResolvedRetry, random: Random, notifier: Notifier) {
    this.#notifier = notifier;
    this.#policy = policy;
    this.#application = application;
    this.#random = random;
  }

  decide(outage: Outage, failure: DecidableFailure, nowMs: number): Decision {
    const policy = this.#policy;
    const proposed = decide(policy, outage, failure, nowMs, () => this.#random.next());
    const application = this.#application;
    return application === undefined
      ? proposed
      : this.#ask(application, { policy, outage, failure, nowMs, proposed });
  }

  #ask(application: RetryDecider, asked: AskedAbout): Decision {
    const { failure, outage, nowMs, proposed } = asked;
    const warn = (describe: () => string): void =>
      warnOfHandler({
        owner: this,
        what: 'retry.decide',
        nowMs,
        describe: () => `retry.decide of an avatar session ${describe()}`,
      });
    try {
      const context = retryContext(failure, outage, nowMs);
      const answer: unknown = this.#notifier.inContext(() => application(context, { ...proposed }));
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
}

const STANDS = 'so the policy’s decision stands';
const ANSWERS =
  "it may return { action: 'retry', delayMs } with delayMs ≥ 0, { action: 'giveUp' }, or nothing";
