/**
 * Process warnings about functions of the application that fail. The first failure of a function is a warning at once; further
 * ones are counted, and the count is a warning at most once a minute. Costs nothing where nothing fails: no timer, and no
 * memory of sessions that are gone.
 */
import { durationText } from '../../core/policy/delay.js';
import { WarningLimit } from './warning-limit.js';

const REPEAT_AFTER_MS = 60_000;
/** Of all sessions of the process, for one event. */
const limit = new WarningLimit(100);

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
  if (before !== undefined && nowMs - before.warnedAtMs < REPEAT_AFTER_MS) {
    before.count = count;
    return;
  }
  const withheld = limit.take(what, nowMs) === undefined;
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
