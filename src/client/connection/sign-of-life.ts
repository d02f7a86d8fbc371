/** When the peer of a connection that has ended last gave a sign of life. Knows no socket. */
import type { FailureFacts, SilenceBefore } from '../../core/failure/failure-facts.js';

/** The system gave up by itself, after a long time without an answer. */
const GIVEN_UP_BY_SYSTEM: readonly unknown[] = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
const BROKEN = 1006;

/**
 * `nowMs` where the end is a sign of life itself: a message or a close frame came, or something ended the TCP connection while no ping
 * waited for its answer. Otherwise, and where this side ended the connection, the latest sign before.
 */
export function lastSignOfLifeMs(
  facts: FailureFacts | undefined,
  { silentMs, pingOverdue }: SilenceBefore,
  nowMs: number,
): number {
  return endIsSign(facts, pingOverdue) ? nowMs : nowMs - silentMs;
}

function endIsSign(facts: FailureFacts | undefined, pingOverdue: boolean): boolean {
  if (facts === undefined || facts.kind === 'heartbeatMissed') return false;
  if (facts.kind !== 'socketClosed' || facts.closeCode !== BROKEN) return true;
  return !pingOverdue && !GIVEN_UP_BY_SYSTEM.includes(codeOf(facts.cause));
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
