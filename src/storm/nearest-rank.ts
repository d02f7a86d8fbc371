/** Percentiles by nearest rank: always a value that was really measured, never one in between. */

/**
 * The value that `part` (0 to 1) of `population` do not exceed; undefined when fewer than that have a value at all.
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
