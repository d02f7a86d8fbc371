/**
 * The history of one outage: what `decide` knows about the dials so far. An outage begins with the first
 * connect or with a lost connection, and is over only when a connection has been confirmed *and* has stayed
 * up for `stableAfterMs`: a service that accepts and drops is an outage that goes on. Values only: each event
 * makes a new one, and nothing here knows why a dial failed.
 */
export interface Outage {
  readonly startedAtMs: number;
  /** Dials made in this outage, the first included. */
  readonly attempts: number;
  /** When the session's latest dial began, in this outage or before it; absent before the very first. */
  readonly lastAttemptAtMs?: number;
  /** Whether a confirmed connection was lost in this outage; its loss is a failure beside those of the dials. */
  readonly lostConnection: boolean;
  /** Whether a refused stale token was already replaced in this outage: that happens once. */
  readonly tokenReplaced: boolean;
}

/** The outage that a session's first connect begins: no dial yet, nothing lost. */
export function beginOutage(nowMs: number): Outage {
  return { startedAtMs: nowMs, attempts: 0, lostConnection: false, tokenReplaced: false };
}

/** A dial begins. */
export function attemptStarted(outage: Outage, nowMs: number): Outage {
  // By name and not by spread: the engine gives each such copy a hidden class of its own, and every open session keeps one.
  const { startedAtMs, attempts, lostConnection, tokenReplaced: replaced } = outage;
  return {
    startedAtMs,
    attempts: attempts + 1,
    lostConnection,
    tokenReplaced: replaced,
    lastAttemptAtMs: nowMs,
  };
}

/** A refused stale token is about to be replaced. */
export function tokenReplaced(outage: Outage): Outage {
  return { ...outage, tokenReplaced: true };
}

export interface ConnectionLoss {
  /** When the service confirmed the connection that is now lost. */
  readonly confirmedAtMs: number;
  readonly nowMs: number;
  /** The policy's `stableAfterMs`. */
  readonly stableAfterMs: number;
}

/**
 * A confirmed connection is lost. When it was up for `stableAfterMs` it had ended the outage that it came from, and
 * a new one begins now; otherwise that outage goes on with its counts, its start and its replaced token.
 */
export function connectionLost(outage: Outage, loss: ConnectionLoss): Outage {
  if (loss.nowMs - loss.confirmedAtMs < loss.stableAfterMs) return { ...outage, lostConnection: true };
  // The latest dial is the session's, not the outage's: two dials keep their distance whatever lies between them.
  const { lastAttemptAtMs } = outage;
  return {
    ...beginOutage(loss.nowMs),
    ...(lastAttemptAtMs === undefined ? {} : { lastAttemptAtMs }),
    lostConnection: true,
  };
}
