/**
 * Process warnings about functions of the application that fail, and about failures that nothing handles. The first failure of a
 * function is a warning at once; further ones are counted, and the count is a warning at most once a minute. Costs nothing where
 * nothing fails: no timer, and no memory of sessions that are gone.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { durationText } from '../../core/policy/delay.js';

/** Warnings are limited, and repeated, by the minute. */
const PERIOD_MS = 60_000;

interface Period {
  readonly sinceMs: number;
  given: number;
  withheld: number;
}

/** How many warnings of one kind a process gives in a period; further ones are counted. Gives no warning itself. */
class WarningLimit {
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
    if (current === undefined || nowMs < current.sinceMs || nowMs - current.sinceMs >= PERIOD_MS) {
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
const handlerFailures = new WarningLimit(100);

interface Failures {
  warnedAtMs: number;
  /** Since the latest warning. */
  count: number;
}

/** By session, by function, by what it was called for. */
const failuresOf = new WeakMap<object, WeakMap<object, Map<string, Failures>>>();

export interface HandlerFailure {
  /** The session, or the part of it that called the function. */
  readonly owner: object;
  readonly handler: object;
  /** What it was called for: the event, the option. */
  readonly what: string;
  readonly nowMs: number;
  /** The sentence of the warning; called only where there is one. */
  readonly describe: () => string;
}

export function warnOfHandler({ owner, handler, what, nowMs, describe }: HandlerFailure): void {
  const failures = failuresIn(owner, handler);
  const before = failures.get(what);
  const count = before === undefined ? 0 : before.count + 1;
  if (before !== undefined && nowMs - before.warnedAtMs < PERIOD_MS) {
    before.count = count;
    return;
  }
  const withheld = handlerFailures.take(what, nowMs) === undefined;
  failures.set(what, { warnedAtMs: nowMs, count: withheld ? Math.max(count, 1) : 0 });
  if (withheld) return;
  const sentence = describe();
  process.emitWarning(
    before === undefined
      ? sentence
      : `${count} more in ${durationText(nowMs - before.warnedAtMs)}, the latest: ${sentence}`,
    'AvatarKitHandlerWarning',
  );
}

function failuresIn(owner: object, handler: object): Map<string, Failures> {
  const ofOwner = failuresOf.get(owner) ?? new WeakMap<object, Map<string, Failures>>();
  failuresOf.set(owner, ofOwner);
  const known = ofOwner.get(handler) ?? new Map<string, Failures>();
  ofOwner.set(handler, known);
  return known;
}

/** Of all sessions of the process, for one code. */
const unheardFailures = new WarningLimit(10);

export function warnOfUnheardFailure({ code, message, remediation }: AvatarSDKError, nowMs: number): void {
  const withheld = unheardFailures.take(code, nowMs);
  if (withheld === undefined) return;
  const others = withheld === 0 ? '' : ` (and ${withheld} more since the latest warning)`;
  process.emitWarning(
    `an avatar session could not start${others}: ${code}: ${message}. ${remediation} ` +
      'To handle this, await start(), or give onError.',
    'AvatarKitUnheardFailureWarning',
  );
}
