/** Dates as applications write them: a Date, or Unix seconds. Says what is wrong with one; knows no clock. */

/** Milliseconds taken for seconds would be a date after the year 5000. */
const MAX_UNIX_SECONDS = 100_000_000_000;

export type UnixTime =
  { readonly epochMs: number } | { readonly problem: 'kind' | 'milliseconds' | 'invalidDate' };

/** A Date of any realm counts as one. */
export function readUnixTime(value: unknown): UnixTime {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { problem: 'kind' };
    return value > MAX_UNIX_SECONDS ? { problem: 'milliseconds' } : { epochMs: value * 1_000 };
  }
  const epochMs = dateMs(value);
  if (epochMs === undefined) return { problem: 'kind' };
  return Number.isNaN(epochMs) ? { problem: 'invalidDate' } : { epochMs };
}

function dateMs(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined; // No Date.
  }
}
