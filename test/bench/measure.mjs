// @ts-check
/**
 * The method of all measurements: contenders alternate, round after round, in one process. The ratio to the
 * bare socket is computed within a round; the result is the median of the rounds. CPU is that of all threads
 * of this process.
 */

import { createSeededRandom } from 'avatarkit-session';

/**
 * @typedef {{ subject: string, who: string, unit: string, value: number, raw: number, ratio: number, low: number, high: number }} Row
 * @typedef {() => Promise<number>} Contender runs one round and returns its cost
 */

/** @param {readonly number[]} values */
export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Microseconds of CPU for each of `times`. @param {() => unknown} work @param {number} times */
export function cpuEach(work, times) {
  // A minor collection. A full one discards compiled code, and the round would measure the compiler.
  globalThis.gc?.({ type: 'minor' });
  return cpuOfPiece(work, times);
}

/**
 * The same without a collection before. Of many short pieces, the ones that fill the memory include the cost
 * of collecting it.
 * @param {() => unknown} work
 * @param {number} times
 */
export async function cpuOfPiece(work, times) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/**
 * Measures all contenders, and returns their rows except that of `raw`, the baseline.
 * @param {string} subject
 * @param {string} unit
 * @param {number} rounds
 * @param {{ raw: Contender, [who: string]: Contender }} contenders
 * @param {number} [warmUps] rounds that are not counted: the engine compiles hot code only after tens of
 *   thousands of calls
 * @param {number} [pieces] of a round: contenders with short work alternate piece by piece, and the result of
 *   the round is the mean of the pieces; so other work of the machine affects all of them equally
 * @returns {Promise<Row[]>}
 */
export async function compare(subject, unit, rounds, contenders, warmUps = 2, pieces = 1) {
  const names = Object.keys(contenders);
  /** @type {Map<string, number[]>} */
  const figures = new Map(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    const sums = new Map(names.map((name) => [name, 0]));
    for (let piece = 0; piece < pieces; piece += 1) {
      // A run leaves garbage and warm caches, which make a second run in a row faster. So the order is
      // random.
      for (const name of shuffled(names, round * pieces + piece)) {
        const figure = (await contenders[name]?.()) ?? NaN;
        sums.set(name, (sums.get(name) ?? NaN) + figure / pieces);
      }
    }
    if (round < 0) continue;
    for (const [name, sum] of sums) figures.get(name)?.push(sum);
  }
  const raw = figures.get('raw') ?? [];
  return names
    .filter((name) => name !== 'raw')
    .map((who) => {
      const own = figures.get(who) ?? [];
      const ratios = own.map((figure, round) => figure / (raw[round] ?? NaN));
      const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
      return { subject, who, unit, value: median(own), raw: median(raw), ratio: median(ratios), low, high };
    });
}

/**
 * @param {readonly string[]} names
 * @param {number} round the seed, so that every run has the same orders
 */
function shuffled(names, round) {
  const random = createSeededRandom(round + 1_000);
  return names
    .map((name) => ({ name, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
}

/**
 * A figure without a baseline.
 * @param {string} subject
 * @param {string} who
 * @param {string} unit
 * @param {number} value
 */
export function alone(subject, who, unit, value) {
  return { subject, who, unit, value, raw: NaN, ratio: NaN, low: NaN, high: NaN };
}

/** One turn of the event loop. @returns {Promise<void>} */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
