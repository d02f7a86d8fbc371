/** How many process warnings of one kind a process gives in a minute; further ones are counted. Knows no clock, and gives no warning itself. */

/** Warnings are limited, and repeated, by the minute. */
export const WARNING_PERIOD_MS = 60_000;

interface Period {
  readonly sinceMs: number;
  given: number;
  withheld: number;
}

export class WarningLimit {
  readonly #most: number;
  readonly #periods = new Map<string, Period>();

  /** At most so many of one kind in a period. There must be few kinds: they are kept for ever. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many warnings of this kind were withheld since the latest one; undefined when this one is to be withheld too. */
  take(kind: string, nowMs: number): number | undefined {
    const current = this.#periods.get(kind);
    // Sessions may have clocks of their own: one that lies behind begins a new period.
    if (current === undefined || nowMs < current.sinceMs || nowMs - current.sinceMs >= WARNING_PERIOD_MS) {
      this.#periods.set(kind, { sinceMs: nowMs, given: 1, withheld: 0 });
      return current?.withheld ?? 0;
    }
    if (current.given >= this.#most) {
      current.withheld += 1;
      return undefined;
    }
    current.given += 1;
    return 0;
  }
}
