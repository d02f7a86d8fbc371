/**
 * What the losses of a session's connections, one after the other, show about the path to the service: an idle time-out on it, or a peer
 * that answers no pings. Values only: each loss makes a new one. Nothing here pings or dials.
 */

/** How one confirmed connection was lost. */
export interface ConnectionEnd {
  /**
   * `cut`: broken without a close frame while no ping waited for its answer; `cutWhilePinged`: while one did; `unanswered`: by the
   * heartbeat; `other`: anything else.
   */
  readonly how: 'cut' | 'cutWhilePinged' | 'unanswered' | 'other';
  /** For how long it had been confirmed, milliseconds. */
  readonly ageMs: number;
  /** For how long there had been no sign of life, milliseconds. */
  readonly silentMs: number;
  /** Whether a ping was ever answered on it. */
  readonly pingAnswered: boolean;
}

export interface LossHistory {
  /** Losses in a row by the heartbeat on connections that never answered a ping. */
  readonly neverAnswered: number;
  /** Losses in a row by the heartbeat on connections that were confirmed a short while before. */
  readonly soonUnanswered: number;
  /** Cuts in a row after about the same silence, and the shortest of these silences, milliseconds. */
  readonly idleCuts: number;
  readonly idleCutMs: number;
  /** How often pings go out because of such cuts, milliseconds; absent while nothing has shown an idle time-out. */
  readonly pingEveryMs?: number;
  /** An age at which connections were cut although pings went out in time: no idle time-out. */
  readonly refutedMs?: number;
}

export const NO_LOSSES: LossHistory = Object.freeze({
  neverAnswered: 0,
  soonUnanswered: 0,
  idleCuts: 0,
  idleCutMs: 0,
});

/** So many losses in a row show a pattern. */
export const PATTERN_LOSSES = 2;
/** Below this a connection that is cut has not been silent: the service accepts and drops, or audio went out after the cut. */
const MIN_IDLE_MS = 400;
/** Two times are the same within this part of the longer one, and within the error of the measurement, milliseconds. */
const SAME_WITHIN = 0.15;
const SAME_WITHIN_MS = 300;
const MIN_PING_MS = 20;
/** Below this age of a connection a silence may be due to what every new connection begins with. */
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
  /** It speaks neither for an idle time-out nor against one. */
  const unchanged = { ...lasting, idleCuts: cutsBefore, idleCutMs: cutBeforeMs };
  if (end.how === 'cutWhilePinged') return unchanged;
  // The pings were answered, and it was cut at the same age as before: no idle time-out.
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
