/**
 * The results of one storm: the figures that are compared, and the time series that is plotted. Percentiles
 * are by nearest rank, so each is a measured value. Counts only; does not know who dials or why.
 */

export interface StormFigures {
  /**
   * From the service's return to the connection of this part of all sessions, milliseconds; null when never.
   */
  readonly p50RecoveryMs: number | null;
  readonly p99RecoveryMs: number | null;
  readonly attemptsPerSession: number;
  /** The most dials that all processes together began within one second of the clock. */
  readonly peakPerSecond: number;
  /** What the service spent after its return on refusals and on clients that were gone, in handshakes. */
  readonly wastedHandshakes: number;
}

/** Per second since the first loss. */
export interface StormTimeline {
  readonly attemptsPerSecond: readonly number[];
  /** Sessions connected at the end of each second. */
  readonly recovered: readonly number[];
}

export class StormRecord {
  readonly #attempts: number[] = [];
  readonly #recoveredAtMs: number[] = [];

  attempted(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    this.#attempts[second] = (this.#attempts[second] ?? 0) + 1;
  }

  recovered(nowMs: number): void {
    this.#recoveredAtMs.push(nowMs);
  }

  get recoveries(): number {
    return this.#recoveredAtMs.length;
  }

  figures(sessions: number, returnsAtMs: number, wastedHandshakes: number): StormFigures {
    // Recorded in the order of time, so it is sorted.
    const recovery = (part: number): number | null => {
      const atMs = nearestRank(this.#recoveredAtMs, part, sessions);
      return atMs === undefined ? null : Math.round(atMs - returnsAtMs);
    };
    const attempts = this.#perSecond();
    const total = attempts.reduce((sum, count) => sum + count, 0);
    return {
      p50RecoveryMs: recovery(0.5),
      p99RecoveryMs: recovery(0.99),
      attemptsPerSession: Math.round((total / sessions) * 100) / 100,
      peakPerSecond: attempts.reduce((most, count) => Math.max(most, count), 0),
      wastedHandshakes: Math.round(wastedHandshakes),
    };
  }

  timeline(seconds: number): StormTimeline {
    const attempts = this.#perSecond();
    const recovered = new Array<number>(seconds).fill(0);
    for (const atMs of this.#recoveredAtMs) {
      const second = Math.floor(atMs / 1_000);
      if (second < seconds) recovered[second] = (recovered[second] ?? 0) + 1;
    }
    let total = 0;
    return {
      attemptsPerSecond: Array.from({ length: seconds }, (_, second) => attempts[second] ?? 0),
      recovered: recovered.map((count) => (total += count)),
    };
  }

  /** Without the holes of quiet seconds. */
  #perSecond(): number[] {
    return Array.from(this.#attempts, (count) => (count as number | undefined) ?? 0);
  }
}

/**
 * The value that `part` (0 to 1) of `population` do not exceed; undefined when fewer than that have a value
 * at all.
 *
 * @param sorted ascending; may hold fewer than `population` values, the missing ones are larger than all
 */
export function nearestRank(
  sorted: readonly number[],
  part: number,
  population = sorted.length,
): number | undefined {
  return sorted[Math.max(Math.ceil(population * part), 1) - 1];
}
