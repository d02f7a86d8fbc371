/**
 * When the next session of a fleet may dial one endpoint: at a steady pace, with a place in the line for each waiting session; not before
 * the time that the service asked for; and, while the endpoint is down, one probe of the whole fleet at a time. The rules are the same as
 * in the scripts of src/fleet/redis-scripts.ts; a test compares both. Independent of clock, store and sessions, of which it uses only the
 * ids.
 */

export interface LineNumbers {
  /** Least time between two dials, milliseconds; 0: no pace. */
  readonly intervalMs: number;
  /** A probe is given up if its process does not renew the claim for this time, milliseconds. */
  readonly claimMs: number;
}

/**
 * After this many failed dials in a row, of at least two processes, the endpoint counts as down. In a fleet of one process, its own
 * failures are enough.
 */
export const FAILURES_UNTIL_DOWN = 3;
/** Failures count together if less than this time lies between them, milliseconds. */
export const FAILURES_WITHIN_MS = 60_000;
/** The time between two probes: doubled by each failure, milliseconds. */
export const PROBE_GAP_MS = { least: 250, most: 2_000 };
/**
 * While the endpoint is down, the waiting sessions ask again within one millisecond for each process of the fleet, but within these
 * bounds, milliseconds.
 */
export const ASK_AGAIN_MS = { least: 1_000, most: 5_000 };
/** A session that asks later than this after the time of its place has lost the place, milliseconds. */
export const LATE_MS = 1_000;
/** The least time between two dials after a drain, for each session of the fleet, milliseconds. */
export const DRAIN_STEP_MS = 10;

/**
 * A longer wait that a service asks of one session applies to that session only, milliseconds. The gate of a process has the same bound.
 */
export const MOST_HINT_MS = 120_000;
/** Sessions that wait for a place among the open sessions ask again after this time for each session before them, milliseconds. */
const QUEUE_STEP_MS = { least: 250, most: 2_000 };
/** A waiting session that has not asked for this time is removed from the queue, milliseconds. */
export const QUEUE_KEEP_MS = 5_000;

/** Why a session has to wait. */
export type WaitCause = 'full' | 'pace' | 'hint' | 'down' | 'probing';

export interface LineAnswer {
  /** 0: the session may dial now. */
  readonly waitMs: number;
  /** The caller adds a random part of this to the wait, milliseconds. */
  readonly spreadMs: number;
  /** The place that is kept for the session; it passes it when it asks again. */
  readonly slotMs?: number;
  readonly cause?: WaitCause;
}

/** The asking session, and the number of processes. */
export interface LineAsker {
  readonly sessionId: string;
  readonly worker: string;
  /** Processes of the fleet that were seen lately, this one included. */
  readonly workers: number;
}

const GO: LineAnswer = { waitMs: 0, spreadMs: 0 };

export class DialLine {
  readonly #numbers: LineNumbers;
  /** The time of the next free place. */
  #nextMs = 0;
  #notBeforeMs = 0;
  readonly #accountNotBeforeMs = new Map<string, number>();
  #drainUntilMs = 0;
  #failures = 0;
  #failedAtMs = 0;
  #failedBy = '';
  #severalFailed = false;
  #down = false;
  #gapMs = PROBE_GAP_MS.least;
  #probeAtMs = 0;
  #claimedBy = '';
  #claimedUntilMs = 0;

  constructor(numbers: LineNumbers) {
    this.#numbers = numbers;
  }

  get isDown(): boolean {
    return this.#down;
  }

  /** The id of the session whose dial is the probe; empty without a probe. */
  get claimedBy(): string {
    return this.#claimedBy;
  }

  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** @param slotMs the place that the session got with the previous answer */
  ask(asker: LineAsker, account: string, slotMs: number | undefined, nowMs: number): LineAnswer {
    const notBeforeMs = Math.max(this.#notBeforeMs, this.#accountNotBeforeMs.get(account) ?? 0);
    if (notBeforeMs > nowMs) {
      const waitMs = notBeforeMs - nowMs;
      return { waitMs, spreadMs: Math.min(waitMs / 10, ASK_AGAIN_MS.least), cause: 'hint' };
    }
    if (this.#down) return this.#askForProbe(asker, nowMs);
    if (slotMs !== undefined && slotMs < this.#nextMs) {
      if (slotMs > nowMs) return { waitMs: slotMs - nowMs, spreadMs: 0, slotMs, cause: 'pace' };
      if (nowMs - slotMs <= LATE_MS) return GO;
    }
    const atMs = Math.max(this.#nextMs, nowMs);
    const { intervalMs } = this.#numbers;
    this.#nextMs = atMs + (nowMs < this.#drainUntilMs ? Math.max(intervalMs, DRAIN_STEP_MS) : intervalMs);
    return atMs <= nowMs ? GO : { waitMs: atMs - nowMs, spreadMs: 0, slotMs: atMs, cause: 'pace' };
  }

  #askForProbe({ sessionId, workers }: LineAsker, nowMs: number): LineAnswer {
    const { least, most } = ASK_AGAIN_MS;
    const spreadMs = Math.min(Math.max(workers, least), most);
    const claimed = this.#claimedBy !== '' && this.#claimedUntilMs > nowMs;
    if (claimed && this.#claimedBy !== sessionId) {
      return { waitMs: PROBE_GAP_MS.least, spreadMs, cause: 'probing' };
    }
    if (!claimed && this.#probeAtMs > nowMs) {
      return { waitMs: this.#probeAtMs - nowMs, spreadMs, cause: 'down' };
    }
    this.#claimedBy = sessionId;
    this.#claimedUntilMs = nowMs + this.#numbers.claimMs;
    return GO;
  }

  /** Called while the process of the probe is alive. */
  renewClaim(sessionId: string, nowMs: number): void {
    if (this.#claimedBy === sessionId) this.#claimedUntilMs = nowMs + this.#numbers.claimMs;
  }

  answered(): void {
    this.#failures = 0;
    this.#failedBy = '';
    this.#severalFailed = false;
    this.#down = false;
    this.#claimedBy = '';
  }

  unreachable({ sessionId, worker, workers }: LineAsker, nowMs: number): void {
    if (this.#down) {
      // Only the probe is evidence: the other dials began before the endpoint counted as down.
      if (this.#claimedBy !== sessionId) return;
      this.#claimedBy = '';
      this.#gapMs = Math.min(this.#gapMs * 2, PROBE_GAP_MS.most);
      this.#probeAtMs = nowMs + this.#gapMs;
      return;
    }
    if (nowMs - this.#failedAtMs > FAILURES_WITHIN_MS) this.answered();
    this.#failures += 1;
    // Failures of one process alone may be caused by its own network.
    if (this.#failedBy !== '' && this.#failedBy !== worker) this.#severalFailed = true;
    this.#failedBy = worker;
    this.#failedAtMs = nowMs;
    if (this.#failures < FAILURES_UNTIL_DOWN || !(this.#severalFailed || workers <= 1)) return;
    this.#down = true;
    this.#gapMs = PROBE_GAP_MS.least;
    this.#probeAtMs = nowMs + this.#gapMs;
    this.#claimedBy = '';
  }

  /** A session gave up. If its dial was the probe, the next session that asks becomes the probe. */
  left(sessionId: string): void {
    if (this.#claimedBy === sessionId) this.#claimedBy = '';
  }

  /** Applies a wait that the service asked for, unless a longer one applies already. See `isSharedHint`. */
  hinted(account: string | undefined, untilMs: number): void {
    if (account === undefined) this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs);
    else {
      const before = this.#accountNotBeforeMs.get(account) ?? 0;
      this.#accountNotBeforeMs.set(account, Math.max(before, untilMs));
    }
  }

  /** The service drains: it closes the connections of this many sessions of the fleet. */
  drained(sessions: number, nowMs: number): void {
    this.#drainUntilMs = Math.max(this.#drainUntilMs, nowMs + sessions * DRAIN_STEP_MS);
  }
}

/** Whether a wait that the service asked of one session applies to other sessions as well. */
export function isSharedHint(delayMs: number): boolean {
  return delayMs >= 0 && delayMs <= MOST_HINT_MS;
}

/** When a session asks again that waits behind `ahead` others; the caller adds a random part of `spreadMs`, milliseconds. */
export function queueWait(ahead: number): { readonly waitMs: number; readonly spreadMs: number } {
  const waitMs = Math.min(QUEUE_STEP_MS.least * (ahead + 1), QUEUE_STEP_MS.most);
  return { waitMs, spreadMs: waitMs / 4 };
}

/** The reason for a wait, for people. */
export function whyFleetWaits(
  cause: WaitCause,
  limits: { maxSessions: number; dialsPerSecond: number },
): string {
  switch (cause) {
    case 'full':
      return `the fleet has its ${limits.maxSessions} sessions: one must end first`;
    case 'pace':
      return `the fleet dials this endpoint at most ${limits.dialsPerSecond} times per second`;
    case 'hint':
      return 'the service asked the fleet to wait';
    case 'down':
      return 'the endpoint is down for the whole fleet, and the next probe is due later';
    case 'probing':
      return 'the endpoint is down for the whole fleet, and one session probes it';
  }
}
