/**
 * What the successive losses of a session's connections show about the path to the service: an idle time-out on it, or a peer that
 * answers no pings. Values only: each loss makes a new one. Nothing here pings or dials.
 */

/** How one confirmed connection was lost. */
export interface ConnectionEnd {
  /**
   * - `cut`: broken without a close frame while no ping was unanswered
   * - `cutWhilePinged`: the same while a ping was unanswered
   * - `unanswered`: ended by the heartbeat
   * - `other`: any other end
   */
  readonly how: 'cut' | 'cutWhilePinged' | 'unanswered' | 'other';
  /** The time since its confirmation, milliseconds. */
  readonly ageMs: number;
  /** The time since the last byte of the peer, milliseconds. */
  readonly silentMs: number;
  /** Whether a ping was ever answered on it. */
  readonly pingAnswered: boolean;
}

export interface LossHistory {
  /** Successive losses by the heartbeat on connections that never answered a ping. */
  readonly neverAnswered: number;
  /** Successive losses by the heartbeat on connections younger than 15 s. */
  readonly soonUnanswered: number;
  /** Successive cuts after about the same silence, and the shortest of these silences, milliseconds. */
  readonly idleCuts: number;
  readonly idleCutMs: number;
  /** The interval of pings because of such cuts, milliseconds; absent without evidence of an idle time-out. */
  readonly pingEveryMs?: number;
  /** An age at which connections were cut although pings had been sent in time: evidence against an idle time-out. */
  readonly refutedMs?: number;
}

export const NO_LOSSES: LossHistory = Object.freeze({
  neverAnswered: 0,
  soonUnanswered: 0,
  idleCuts: 0,
  idleCutMs: 0,
});

/** This many successive losses show a pattern. */
export const PATTERN_LOSSES = 2;
/** A cut after a shorter silence is no idle time-out: the service accepts and drops, or audio was sent after the cut. */
const MIN_IDLE_MS = 400;
/**
 * Two times count as the same if they differ by at most this part of the longer one, or by the error of the measurement, milliseconds.
 */
const SAME_WITHIN = 0.15;
const SAME_WITHIN_MS = 300;
const MIN_PING_MS = 20;
/** On a younger connection a silence may have a cause that every new connection has. */
const SOON_MS = 15_000;

/** The history after one more loss. */
export function connectionEnded(history: LossHistory, end: ConnectionEnd): LossHistory {
  const { pingEveryMs, refutedMs } = history;
  const lasting = {
    ...NO_LOSSES,
    ...(pingEveryMs !== undefined && { pingEveryMs }),
    ...(refutedMs !== undefined && { refutedMs }),
  };
  if (end.how === 'unanswered') {
    return {
      ...lasting,
      neverAnswered: end.pingAnswered ? 0 : history.neverAnswered + 1,
      soonUnanswered: end.ageMs < SOON_MS ? history.soonUnanswered + 1 : 0,
    };
  }
  if (end.how === 'other') return lasting;
  const { idleCuts: cutsBefore, idleCutMs: cutBeforeMs } = history;
  /** No evidence for or against an idle time-out. */
  const unchanged = { ...lasting, idleCuts: cutsBefore, idleCutMs: cutBeforeMs };
  if (end.how === 'cutWhilePinged') return unchanged;
  // The pings were answered, and the connection was cut at the same age as before: no idle time-out.
  if (pingEveryMs !== undefined && isSame(end.ageMs, 2 * pingEveryMs)) {
    return { ...NO_LOSSES, refutedMs: end.ageMs };
  }
  if (end.silentMs < MIN_IDLE_MS) return unchanged;
  if (refutedMs !== undefined && isSame(end.ageMs, refutedMs)) return lasting;
  const again = cutsBefore > 0 && isSame(end.silentMs, cutBeforeMs);
  const idleCuts = again ? cutsBefore + 1 : 1;
  const idleCutMs = again ? Math.min(end.silentMs, cutBeforeMs) : end.silentMs;
  const seen = { ...lasting, idleCuts, idleCutMs };
  if (idleCuts < PATTERN_LOSSES) return seen;
  return { ...seen, pingEveryMs: Math.max(MIN_PING_MS, Math.round(idleCutMs / 2)) };
}

function isSame(oneMs: number, otherMs: number): boolean {
  const withinMs = Math.max(SAME_WITHIN_MS, SAME_WITHIN * Math.max(oneMs, otherMs));
  return Math.abs(oneMs - otherMs) <= withinMs;
}
