/**
 * What lies between a lost connection and the next dial: nothing, a pause that keeps two dials apart, or a wait for the first
 * words; and with which books the next outage begins. Dials nothing.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import { leastDelayMs } from '../../core/policy/delay.js';
import { beginOutage, connectionLost } from '../../core/policy/outage.js';
import type { Outage } from '../../core/policy/outage.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import type { Clock } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import { sleep } from '../../ports/clock.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { Speech } from '../speech/speech.js';
import type { IdleWatch } from './idle-watch.js';
import type { OpenedConnection, Opening } from './open-connection.js';
import type { Loss } from './message-router.js';

export interface ReopeningParts {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly lifecycle: Lifecycle;
  readonly speech: Pick<Speech, 'reconnecting'>;
  readonly idleWatch: IdleWatch;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
}

/** Resolves when the outage may go on to its decision and its dial; rejects with the signal's reason. */
export async function prepareReconnect(
  parts: ReopeningParts,
  opened: OpenedConnection,
  loss: Exclude<Loss, 'normalEnd'>,
  planned: boolean,
): Promise<Opening> {
  const { clock, policy, lifecycle, speech, idleWatch, signal } = parts;
  const { connection, outage } = opened;
  const nowMs = clock.nowMs();
  const { confirmedAtMs, lastSignOfLifeAtMs } = connection;
  const { error } = loss;
  const lost = { connection, atMs: planned ? nowMs : lastSignOfLifeAtMs, ...loss };
  if (planned) {
    lifecycle.notifier.batch(() => {
      lifecycle.verdictReached({ willRetry: true });
      lifecycle.move('interrupted', error.message);
    });
    speech.reconnecting();
    await waitMinInterval(parts, outage);
    return { outage: beginOutage(nowMs, nowMs), loss: undefined, lost };
  }
  if (idleWatch.sleepsAfter(error, policy)) {
    const verdict = { attempt: 0, willRetry: true };
    recordVerdict(error, verdict);
    lifecycle.notifier.batch(() => {
      lifecycle.verdictReached(verdict, loss.emitted);
      lifecycle.move('interrupted', 'closed for want of input: waiting for the first words');
    });
    await idleWatch.untilSpoken(signal);
    await waitMinInterval(parts, outage);
    return { outage: beginOutage(clock.nowMs(), nowMs), loss: undefined, lost };
  }
  const { stableAfterMs } = policy;
  const next = connectionLost(outage, { confirmedAtMs, lastSignOfLifeAtMs, nowMs, stableAfterMs });
  return { outage: next, loss: error, lost };
}

/** Two dials of one session keep their distance also where no failure lies between them. */
async function waitMinInterval({ clock, policy, signal }: ReopeningParts, outage: Outage): Promise<void> {
  const leftMs = leastDelayMs(policy.backoff, outage, clock.nowMs());
  if (leftMs > 0) await sleep(clock, leftMs, signal);
}
