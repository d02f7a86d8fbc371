/**
 * One outage, one call of p-retry: dials until a connection is confirmed or the policy gives up. p-retry drives the
 * loop and nothing more: all its own delays are zero, because it clamps after jittering and reads its own clock. The
 * decision and the sleep happen in `shouldRetry`, the hook that comes last.
 */
import pRetry from 'p-retry';
import { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { decide } from '../core/policy/decide.js';
import type { Decision } from '../core/policy/decide.js';
import { attemptStarted, tokenReplaced } from '../core/policy/outage.js';
import type { Outage } from '../core/policy/outage.js';
import type { RetryPolicy } from '../core/policy/rule.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { sleep } from '../ports/sleep.js';
import type { TokenReason } from '../ports/token-source.js';
import type { LiveConnection } from './live-connection.js';

export interface OutagePlan {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly outage: Outage;
  /** The loss that this outage begins with, or goes on with; absent where nothing is to be decided before the dial. */
  readonly loss: AvatarSDKError | undefined;
  /** Why tokens are wanted in this outage. */
  readonly reason: TokenReason;
  /** Aborted, with an AvatarSDKError, when the session ends. */
  readonly signal: AbortSignal;
  dial(reason: TokenReason, tokenObtained: (stale: boolean) => void): Promise<LiveConnection>;
  /** Told before the sleep, or before giving up; may end the session. */
  decided(error: AvatarSDKError, decision: Decision, outage: Outage): void;
}

export interface OpenedConnection {
  readonly connection: LiveConnection;
  readonly outage: Outage;
}

/** Rejects with the AvatarSDKError that was given up on, or with the signal's reason; then no socket is left. */
export async function openConnection(plan: OutagePlan): Promise<OpenedConnection> {
  const { policy, clock, random, signal } = plan;
  let { outage, loss } = plan;
  let { reason } = plan;
  let tokenStale = false;
  let opened: LiveConnection | undefined;

  const attempt = async (): Promise<LiveConnection> => {
    if (loss !== undefined) {
      // The loss is the outage's first failure: thrown here, it meets the same decision as those of the dials.
      const first = loss;
      loss = undefined;
      throw first;
    }
    outage = attemptStarted(outage, clock.nowMs());
    tokenStale = false;
    opened = await plan.dial(reason, (stale) => {
      tokenStale = stale;
    });
    return opened;
  };

  const shouldRetry = async ({ error }: { error: Error }): Promise<boolean> => {
    // p-retry still runs its hooks after an abort.
    signal.throwIfAborted();
    if (!(error instanceof AvatarSDKError)) return false;
    const { code, phase, permanent, retryAfterMs } = error;
    const facts = {
      code,
      phase,
      permanent,
      tokenStale,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    const decision = decide(policy, outage, facts, clock.nowMs(), () => random.next());
    plan.decided(error, decision, outage);
    signal.throwIfAborted();
    if (decision.action === 'giveUp') return false;
    const replaces = decision.source === 'staleToken';
    if (replaces) outage = tokenReplaced(outage);
    reason = replaces ? 'refused' : plan.reason;
    await sleep(clock, decision.delayMs, signal);
    return true;
  };

  try {
    const connection = await pRetry(attempt, {
      retries: Infinity,
      minTimeout: 0,
      maxTimeout: 0,
      factor: 1,
      randomize: false,
      signal,
      shouldRetry,
    });
    return { connection, outage };
  } catch (error) {
    // p-retry drops a success that an abort overtakes.
    await opened?.destroy();
    throw error;
  }
}
