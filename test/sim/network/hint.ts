/**
 * The wait that the headers of an answer ask for, parsed independently of the product: seconds, milliseconds,
 * or a date.
 */

/** In milliseconds; undefined if there is no valid value. */
export function hintIn(headers: Readonly<Record<string, string>>): number | undefined {
  const named = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const exact = named.get('retry-after-ms');
  if (exact !== undefined && /^\d+$/.test(exact)) return Number(exact);
  const text = named.get('retry-after');
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  const answered = Date.parse(named.get('date') ?? '');
  return Number.isNaN(until) || Number.isNaN(answered) ? undefined : Math.max(0, until - answered);
}
