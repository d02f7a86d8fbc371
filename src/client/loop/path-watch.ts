/**
 * What the lost connections of a session show about the way to the service: pings come in time where something on the
 * way cuts what is silent, and errors say what several losses in a row show. Made with the first loss. Decides no retry.
 */
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { NO_LOSSES, PATTERN_LOSSES, connectionEnded } from '../../core/policy/loss-history.js';
import type { ConnectionEnd } from '../../core/policy/loss-history.js';
import type { HeartbeatTimes } from '../connection/heartbeat.js';
import type { LiveConnection } from '../connection/live-connection.js';

const BROKEN = 1006;

export class PathWatch {
  readonly #configured: HeartbeatTimes | undefined;
  #history = NO_LOSSES;

  /** @param configured undefined where there are no pings */
  constructor(configured: HeartbeatTimes | undefined) {
    this.#configured = configured;
  }

  /** For the next connection. */
  get heartbeat(): HeartbeatTimes | undefined {
    const configured = this.#configured;
    const { pingEveryMs = Infinity, neverAnswered } = this.#history;
    if (configured === undefined || (pingEveryMs === Infinity && neverAnswered === 0)) return configured;
    // A peer that answers no pings may think for longer than speech allows.
    const speaking = neverAnswered > 0 ? undefined : configured.speaking;
    return {
      ...pingedEvery(configured, pingEveryMs),
      speaking: speaking && pingedEvery(speaking, pingEveryMs),
    };
  }

  /** The facts of a loss, and what they show together with the losses before it. */
  lost(facts: FailureFacts, connection: LiveConnection, nowMs: number): FailureFacts {
    const end = endOf(facts, nowMs - connection.confirmedAtMs);
    this.#history = connectionEnded(this.#history, end);
    const { idleCuts, neverAnswered, pingEveryMs } = this.#history;
    if (facts.kind === 'socketClosed' && end.how === 'cut' && idleCuts >= PATTERN_LOSSES) {
      const silentMs = Math.round(end.silentMs);
      const pings = connection.pings && pingEveryMs !== undefined;
      return { ...facts, idleCuts: pings ? { silentMs, pingEveryMs } : { silentMs } };
    }
    if (facts.kind === 'heartbeatMissed' && neverAnswered >= PATTERN_LOSSES)
      return { ...facts, neverAnswered };
    return facts;
  }
}

function pingedEvery({ intervalMs, timeoutMs }: HeartbeatTimes, pingEveryMs: number): HeartbeatTimes {
  return { intervalMs: Math.min(intervalMs, pingEveryMs), timeoutMs };
}

function endOf(facts: FailureFacts, ageMs: number): ConnectionEnd {
  if (facts.kind === 'heartbeatMissed') {
    const { silentMs, pingAnswered = true } = facts;
    return { how: 'unanswered', ageMs, silentMs, pingAnswered };
  }
  if (facts.kind !== 'socketClosed' || facts.silence === undefined) {
    return { how: 'other', ageMs, silentMs: 0, pingAnswered: true };
  }
  const { silentMs, pingOverdue, pingAnswered } = facts.silence;
  const how = facts.closeCode === BROKEN && !pingOverdue ? 'cut' : 'other';
  return { how, ageMs, silentMs, pingAnswered };
}
