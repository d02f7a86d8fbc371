/**
 * Process warnings about functions of the application that fail. The first failure of an event of a session is a warning at once;
 * further ones are counted, and the count is a warning at most once a minute, also when no failure follows. Costs nothing where
 * nothing fails: the timer is made after a failure, does not keep the process alive, and keeps no session.
 */
import { REAL_TIME } from '../../adapters/node/runtime-sources.js';
import type { TimeSource } from '../../adapters/node/runtime-sources.js';
import { durationText } from '../../core/policy/delay.js';

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

/** Of all sessions of the process, for one event. */
const MOST_IN_A_MINUTE = 100;

/** Of one event of one session. */
interface Failures {
  readonly what: string;
  /** On the session's clock. */
  warnedAtMs: number;
  /** In real time. */
  warnedAtRealMs: number;
  /** Since the latest warning. */
  count: number;
  /** The sentence of the latest one. */
  describe: () => string;
}

export interface HandlerFailure {
  /** The session, or the part of it that called the function. */
  readonly owner: object;
  /** What it was called for: the event, the option. */
  readonly what: string;
  readonly nowMs: number;
  /** The sentence of the warning; called only where there is one. Must not refer to the session. */
  readonly describe: () => string;
}

export class HandlerWarnings {
  readonly #time: TimeSource;
  readonly #limit = new WarningLimit(MOST_IN_A_MINUTE);
  readonly #failuresOf = new WeakMap<object, Map<string, Failures>>();
  /** Those with a count that no warning has said. */
  readonly #counted = new Set<Failures>();
  #timer: NodeJS.Timeout | undefined;

  constructor(time: TimeSource = REAL_TIME) {
    this.#time = time;
  }

  failed({ owner, what, nowMs, describe }: HandlerFailure): void {
    const ofOwner = this.#failuresOf.get(owner) ?? new Map<string, Failures>();
    this.#failuresOf.set(owner, ofOwner);
    const before = ofOwner.get(what);
    if (before !== undefined && nowMs - before.warnedAtMs < WARNING_PERIOD_MS) {
      this.#count(before, describe);
      return;
    }
    const failures = before ?? { what, warnedAtMs: nowMs, warnedAtRealMs: 0, count: 0, describe };
    const elapsedMs = nowMs - failures.warnedAtMs;
    failures.warnedAtMs = nowMs;
    failures.warnedAtRealMs = this.#time.nowMs();
    ofOwner.set(what, failures);
    if (this.#limit.take(what, nowMs) === undefined) {
      this.#count(failures, describe);
      return;
    }
    const count = before === undefined ? 0 : before.count + 1;
    failures.count = 0;
    this.#counted.delete(failures);
    warn(count, elapsedMs, describe);
  }

  #count(failures: Failures, describe: () => string): void {
    failures.count += 1;
    failures.describe = describe;
    this.#counted.add(failures);
    this.#timer ??= this.#startTimer(failures.warnedAtRealMs);
  }

  #startTimer(sinceMs: number): NodeJS.Timeout {
    const delayMs = Math.max(sinceMs + WARNING_PERIOD_MS - this.#time.nowMs(), 0);
    return this.#time.setTimeout(() => this.#minuteOver(), delayMs).unref();
  }

  /** One warning for each event, whatever number of sessions it has failed in. */
  #minuteOver(): void {
    this.#timer = undefined;
    const nowMs = this.#time.nowMs();
    const due = [...this.#counted].filter(
      ({ warnedAtRealMs }) => nowMs - warnedAtRealMs >= WARNING_PERIOD_MS,
    );
    const byEvent = new Map<string, { count: number; sinceMs: number; describe: () => string }>();
    for (const failures of due) {
      const { what, count, warnedAtRealMs, describe } = failures;
      const { count: others = 0, sinceMs = warnedAtRealMs } = byEvent.get(what) ?? {};
      byEvent.set(what, {
        count: others + count,
        sinceMs: Math.min(sinceMs, warnedAtRealMs),
        describe,
      });
      failures.warnedAtMs += nowMs - warnedAtRealMs;
      failures.warnedAtRealMs = nowMs;
      failures.count = 0;
      this.#counted.delete(failures);
    }
    for (const { count, sinceMs, describe } of byEvent.values()) warn(count, nowMs - sinceMs, describe);
    const next = Math.min(...[...this.#counted].map(({ warnedAtRealMs }) => warnedAtRealMs));
    if (this.#counted.size > 0) this.#timer = this.#startTimer(next);
  }
}

function warn(count: number, elapsedMs: number, describe: () => string): void {
  const more = count === 0 ? '' : `${count} more in ${durationText(elapsedMs)}, the latest: `;
  process.emitWarning(more + describe(), 'AvatarKitHandlerWarning');
}

const ofProcess = new HandlerWarnings();

export function warnOfHandler(failure: HandlerFailure): void {
  ofProcess.failed(failure);
}
