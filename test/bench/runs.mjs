// @ts-check
/** Combines the results of several whole runs, and keeps the result of each run. */
import { median } from './measure.mjs';

/** @typedef {import('./measure.mjs').Row} Row */

/**
 * The median of the runs, and the lowest and the highest ratio of all rounds.
 * @param {readonly Row[][]} runs
 * @returns {Row[]}
 */
export function together(runs) {
  return eachRow(runs).map((same) => {
    const [{ subject, who, unit }] = same;
    const middle = (/** @type {keyof Row} */ what) => median(same.map((row) => Number(row[what])));
    const [low, high] = [same.map((row) => row.low), same.map((row) => row.high)];
    const figures = { value: middle('value'), raw: middle('raw'), ratio: middle('ratio') };
    return { subject, who, unit, ...figures, low: Math.min(...low), high: Math.max(...high) };
  });
}

/**
 * Groups the rows of all runs by subject and contender.
 * @param {readonly Row[][]} runs
 * @returns {[Row, ...Row[]][]}
 */
export function eachRow(runs) {
  const [first = [], ...others] = runs;
  return first.map((row) => {
    const same = others.flatMap((run) => {
      const found = run.find(({ subject, who }) => subject === row.subject && who === row.who);
      return found ?? [];
    });
    return [row, ...same];
  });
}
