/**
 * How long the service asked to wait, from the headers of a refusal. Obeying it, its ceiling and its spread are
 * the policy's. The current time is an argument, and only used when the answer does not say its own.
 */

export type Headers = Readonly<Record<string, string>>;

const NUMBER = /^\d+(?:\.\d+)?$/;
const IMF_FIXDATE = /^[a-z]{3}, (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) gmt$/;
const RFC_850 = /^[a-z]{6,9}, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) gmt$/;
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Milliseconds, ≥ 0 and finite, or undefined for no hint. Read are `retry-after-ms` (wins; milliseconds),
 * `retry-after` in seconds, and `retry-after` as one of HTTP's three date forms, judged by the answer's own `date`.
 * Zero and a date that is past are a hint without a floor: 0. What is malformed, negative or not decimal is no hint
 * and does not throw.
 */
export function retryAfterMs(headers: Headers, nowEpochMs: number): number | undefined {
  return numberOf(header(headers, 'retry-after-ms'), 1) ?? fromRetryAfter(headers, nowEpochMs);
}

/** The value of a header by its lower-case name, trimmed; undefined when absent or empty. */
export function header(headers: Headers, name: string): string | undefined {
  const value: unknown = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed === '' ? undefined : trimmed;
}

function fromRetryAfter(headers: Headers, nowEpochMs: number): number | undefined {
  const value = header(headers, 'retry-after');
  const delayMs = numberOf(value, 1_000);
  if (delayMs !== undefined) return delayMs;
  const untilMs = dateOf(value, nowEpochMs);
  if (untilMs === undefined) return undefined;
  // Both dates by the same clock: a skewed clock on either side cancels out.
  const fromMs = dateOf(header(headers, 'date'), nowEpochMs) ?? nowEpochMs;
  return Number.isFinite(fromMs) ? Math.max(0, untilMs - fromMs) : undefined;
}

/** Rounded up, as a hint is a floor; the rounding errors of decimals (1.1 · 1000) are taken off first. */
function numberOf(value: string | undefined, unitMs: number): number | undefined {
  if (value === undefined || !NUMBER.test(value)) return undefined;
  const ms = Number(value) * unitMs;
  return Number.isFinite(ms) ? Math.ceil(Number(ms.toFixed(6))) : undefined;
}

function dateOf(value: string | undefined, nowEpochMs: number): number | undefined {
  const text = value?.toLowerCase() ?? '';
  const fixdate = IMF_FIXDATE.exec(text);
  if (fixdate) {
    const [, day, month, year, hour, minute, second] = fixdate;
    return epochMs(Number(year), month, day, hour, minute, second);
  }
  const rfc850 = RFC_850.exec(text);
  if (rfc850) {
    const [, day, month, year, hour, minute, second] = rfc850;
    return epochMs(fullYear(Number(year), nowEpochMs), month, day, hour, minute, second);
  }
  const asctime = ASCTIME.exec(text);
  if (asctime) {
    const [, month, day, hour, minute, second, year] = asctime;
    return epochMs(Number(year), month, day, hour, minute, second);
  }
  return undefined;
}

/** RFC 9110: two digits that would lie more than 50 years ahead mean the past. */
function fullYear(twoDigits: number, nowEpochMs: number): number {
  const thisYear = new Date(nowEpochMs).getUTCFullYear();
  const sameCentury = thisYear - (thisYear % 100) + twoDigits;
  return sameCentury > thisYear + 50 ? sameCentury - 100 : sameCentury;
}

function epochMs(
  year: number,
  month = '',
  ...[day, hour, minute, second]: (string | undefined)[]
): number | undefined {
  const monthIndex = MONTHS.indexOf(month);
  const parts = [Number(day), Number(hour), Number(minute), Number(second)] as const;
  const [dayOfMonth, hours, minutes, seconds] = parts;
  if (monthIndex < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const ms = Date.UTC(year, monthIndex, dayOfMonth, hours, minutes, seconds);
  // 31 Feb rolls over to March: the shape of a date, but none.
  return new Date(Date.UTC(year, monthIndex, dayOfMonth)).getUTCDate() === dayOfMonth ? ms : undefined;
}
