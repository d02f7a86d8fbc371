/**
 * One outage, one call of p-retry: dials until a connection is confirmed or the policy gives up. p-retry drives the
 * loop and nothing more: all its own delays are zero, because it clamps after jittering and reads its own clock. The
 * decision and the sleep happen in `shouldRetry`, the hook that comes last; every dial passes the connect gate first.
 */
import pRetry from 'p-retry';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Decision } from '../../core/policy/decide.js';
import { dialLeftMs, outageLeftMs, stepLimitMs } from '../../core/policy/outage-end.js';
import { attemptStarted, failureNoticed, nextAttempt, retryDecided } from '../../core/policy/outage.js';
import type { Outage } from '../../core/policy/outage.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import { isTokenRefusal, toDecidableFailure } from '../../core/policy/to-decidable-failure.js';
import { sleep } from '../../ports/clock.js';
import type { Clock } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { DialPermit } from '../gate/dial-permit.js';
import { waitForAdmission } from '../gate/wait-for-admission.js';
import type { SessionGates } from '../gate/session-gates.js';
import { DeadlinePassed } from '../waiting/deadline.js';
import { DialPermits } from './dial-permits.js';
import type { DialLimits } from './dial-permits.js';
import type { SessionDecider } from './session-decider.js';

export interface OutagePlan {
  readonly policy: RetryPolicy;
  readonly decider: SessionDecider;
  readonly clock: Clock;
  /** The session's ordinary limit of a dial's step, milliseconds. */
  readonly timeoutMs: number;
  readonly outage: Outage;
  /** The loss that this outage begins with, or goes on with; absent where nothing is to be decided before the dial. */
  readonly loss: AvatarSDKError | undefined;
  /** How many sessions went with it, when it was a drain. */
  readonly drainedSessions: number | undefined;
  /** Why tokens are wanted in this outage. */
  readonly reason: TokenReason;
  /** Aborted, with an AvatarSDKError, when the session ends. */
  readonly signal: EndSignal;
  /** The gates of the next dial. */
  readonly gates: () => SessionGates;
  /** Whether the next dial asks the console for a token. */
  readonly requestsToken: () => boolean;
  /** Resolves when no socket of this session is open any more. */
  readonly released: Promise<void> | undefined;
  dial(
    reason: TokenReason,
    permits: DialPermits,
    limits: DialLimits,
    tokenObtained: (stale: boolean) => void,
  ): Promise<LiveConnection>;
  /** An attempt has to wait at a gate; `latest` is the outage's latest failure, if there was one. */
  held(latest: AvatarSDKError | undefined, outage: Outage, why: string, leastMs: number): void;
  /** The failure of an outage that ran out of time before a dial could begin. */
  outOfTime(message: string, latest: AvatarSDKError | undefined): AvatarSDKError;
  /** Told before the sleep, or before giving up; may end the session. */
  decided(error: AvatarSDKError, decision: Decision, outage: Outage): void;
}

export interface OpenedConnection {
  readonly connection: LiveConnection;
  readonly outage: Outage;
  /** The gate is told of the connection's end with it. */
  readonly pass: DialPermit;
}

const nothing = (): void => undefined;
const always = (): boolean => true;

/** Rejects with the AvatarSDKError that was given up on, or with the signal's reason; then no socket is left. */
export async function openConnection(plan: OutagePlan): Promise<OpenedConnection> {
  const { policy, decider, clock, signal } = plan;
  let { outage, loss, reason } = plan;
  let tokenStale = false;
  let opened: LiveConnection | undefined;
  let permits: DialPermits | undefined;
  let latest: AvatarSDKError | undefined;
  let outOfTime: AvatarSDKError | undefined;
  /** The application itself decided on the next dial: no limit of the outage counts for it. */
  let unlimited = false;

  const endForWantOfTime = (message: string): never => {
    outOfTime = plan.outOfTime(message, latest);
    throw outOfTime;
  };

  const heldUntilTooLate = (error: unknown): never => {
    if (!(error instanceof DeadlinePassed)) throw error;
    return endForWantOfTime('the outage lasted too long: the connect gate let no dial through');
  };

  const waitAtGate = (pass: DialPermit, announced: boolean): Promise<void> | undefined => {
    signal.throwIfAborted();
    const leftMs = unlimited ? Infinity : outageLeftMs(policy, outage, latest?.code, clock.nowMs());
    const held = (why: string, leastMs: number): void => {
      if (announced) plan.held(latest, outage, why, leastMs);
    };
    return waitForAdmission(pass, { clock, signal, leftMs, onGateWait: held })?.catch(heldUntilTooLate);
  };

  const attempt = async (): Promise<LiveConnection> => {
    if (loss !== undefined) {
      // The loss is the outage's first failure: thrown here, it meets the same decision as those of the dials.
      const first = loss;
      loss = undefined;
      throw first;
    }
    // Break before make: two open sockets would both be billed.
    if (plan.released !== undefined) await plan.released;
    const limitMs = stepLimitMs(policy, nextAttempt(outage), plan.timeoutMs);
    permits = new DialPermits(plan.gates(), waitAtGate, limitMs);
    await permits.turn(plan.requestsToken);
    const nowMs = clock.nowMs();
    const leftMs = unlimited ? Infinity : dialLeftMs(policy, outage, latest?.code, nowMs);
    if (leftMs === 0) endForWantOfTime('the outage lasted too long: no time is left for another attempt');
    outage = attemptStarted(outage, nowMs);
    tokenStale = false;
    opened = await plan.dial(reason, permits, { stepLimitMs: limitMs, endsAtMs: nowMs + leftMs }, (stale) => {
      tokenStale = stale;
    });
    return opened;
  };

  const decideOn = (error: AvatarSDKError): Decision => {
    if (error === outOfTime) return { action: 'giveUp', reason: 'elapsed', why: error.message };
    const drainedSessions = error === plan.loss ? plan.drainedSessions : undefined;
    const failure = toDecidableFailure(error, { tokenStale, drainedSessions });
    const nowMs = clock.nowMs();
    outage = failureNoticed(outage, failure, nowMs);
    const decision = decider.decide(outage, failure, nowMs);
    permits?.decided(error, decision);
    return decision;
  };

  const shouldRetry = async ({ error }: { error: Error }): Promise<boolean> => {
    signal.throwIfAborted();
    if (!(error instanceof AvatarSDKError)) return false;
    const decision = decideOn(error);
    latest = error;
    // The application was asked, and may have ended the session.
    signal.throwIfAborted();
    plan.decided(error, decision, outage);
    signal.throwIfAborted();
    if (decision.action === 'giveUp') return false;
    unlimited = decision.source === 'application';
    outage = retryDecided(outage, toDecidableFailure(error));
    // A token that the service has refused must not come again out of a cache, whatever made the session go on.
    reason = isTokenRefusal(error) ? 'refused' : plan.reason;
    await sleep(clock, decision.delayMs, signal);
    return true;
  };

  try {
    // Every option that p-retry has, none by a spread: an option that is added to an object that was copied gives the copy a hidden
    // class of its own, and that is what the garbage collector is slowest with.
    const connection = await pRetry(attempt, {
      signal: undefined,
      retries: Infinity,
      minTimeout: 0,
      maxTimeout: 0,
      maxRetryTime: Infinity,
      factor: 1,
      randomize: false,
      shouldRetry,
      onFailedAttempt: nothing,
      shouldConsumeRetry: always,
    });
    // An abort that overtakes a success.
    signal.throwIfAborted();
    if (permits === undefined) throw new Error('a connection was opened past the gate');
    return { connection, outage, pass: permits.connection };
  } catch (error) {
    permits?.left();
    await opened?.destroy();
    throw error;
  }
}
