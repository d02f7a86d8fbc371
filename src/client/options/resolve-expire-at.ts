/** Checks the option `expireAt`: a date to come, in the right unit. The console would refuse another one, and not say which option. */
import { requireNumber } from '../../core/option/option-check.js';
import { shownValue } from '../../core/option/shown-value.js';
import { readUnixTime } from '../../core/option/unix-time.js';
import type { Clock } from '../../ports/clock.js';

/** Unix seconds, of a Date too. @throws TypeError or RangeError; the clock is asked only where the option is given */
export function resolveExpireAt(value: unknown, clock: Pick<Clock, 'epochMs'>): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') requireNumber('expireAt', value, { min: 0 });
  const time = readUnixTime(value);
  if ('epochMs' in time) {
    if (time.epochMs > epochMs(clock)) return time.epochMs / 1_000;
    const shown = typeof value === 'number' ? String(value) : new Date(time.epochMs).toISOString();
    throw new RangeError(`expireAt must be in the future, got ${shown}`);
  }
  switch (time.problem) {
    case 'milliseconds':
      throw new RangeError(`expireAt must be Unix seconds, got milliseconds: ${shownValue(value)}`);
    case 'invalidDate':
      throw new RangeError('expireAt must be a valid Date, got Invalid Date');
    case 'kind':
      return requireNumber('expireAt', value);
  }
}

/** NaN, which is no time, where the clock of the application fails. */
function epochMs(clock: Pick<Clock, 'epochMs'>): number {
  try {
    return clock.epochMs();
  } catch (cause) {
    throw new TypeError('clock.epochMs failed', { cause });
  }
}
