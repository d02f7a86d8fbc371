// @ts-check
/**
 * Decides whether a soak was steady: compares slopes of the second half of the samples with limits, and
 * checks counts that must be zero. Pure functions, independent of the measurement.
 */

/**
 * One sample of the process under test, after a full collection. Times are in milliseconds. The event-loop delays are the
 * median and the 99th percentile since the last sample. Handles and sockets are those that connected sessions and the
 * speakers themselves do not need.
 * @typedef {{ atMs: number, heapMiB: number, externalMiB: number, rssMiB: number, handles: number, sockets: number, delayMs: number, connected: number, worstDelayMs: number }} Sample
 * @typedef {Exclude<keyof Sample, 'atMs' | 'connected' | 'worstDelayMs'>} Measure
 * @typedef {{ measure: Measure, perMinute: number, limit: number, spread: number, grows: boolean }} Slope
 */

/**
 * The maximum growth per minute. Two hundred sessions make about 1800 utterances and 200 new sessions per
 * minute.
 * @type {Readonly<Record<Measure, { limit: number, why: string }>>}
 */
export const LIMITS = {
  heapMiB: { limit: 0.2, why: '100 bytes for each utterance, or 1 KiB for each session that was closed' },
  externalMiB: {
    limit: 0.5,
    why: 'the audio of five utterances; unfinished utterances at a sample vary by more',
  },
  rssMiB: { limit: 4, why: 'the allocator keeps pages; a leak appears in the two values above first' },
  handles: { limit: 4, why: 'one of fifty closed sessions leaves a timer or a socket' },
  sockets: { limit: 4, why: 'as for the handles' },
  delayMs: {
    limit: 1,
    why: 'work that grows with time; the worst delays depend more on the machine than on the process',
  },
};

/** A slope counts only if its total is more than this many times the scatter of the samples. */
const SCATTERS = 3;
/** A shorter soak is still warming up. Its total growth is divided by this many minutes. */
const LEAST_MINUTES = 5;

/**
 * The median of the slopes between all pairs (Theil–Sen). Up to a third of the samples can be outliers
 * without an effect.
 * @param {readonly (readonly [x: number, y: number])[]} points
 */
export function theilSen(points) {
  /** @type {number[]} */
  const slopes = [];
  points.forEach(([x, y], at) => {
    for (const [laterX, laterY] of points.slice(at + 1))
      if (laterX > x) slopes.push((laterY - y) / (laterX - x));
  });
  return median(slopes);
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/**
 * The first half is the warm-up: code is compiled, and pools are filled.
 * @param {readonly Sample[]} samples
 * @returns {Slope[]}
 */
export function slopesOf(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const minutes = ((half.at(-1)?.atMs ?? 0) - (half[0]?.atMs ?? 0)) / 60_000;
  const measures = /** @type {Measure[]} */ (Object.keys(LIMITS));
  return measures.map((measure) => {
    /** @type {(readonly [number, number])[]} */
    const points = half.map((sample) => [sample.atMs / 60_000, sample[measure]]);
    const perMinute = theilSen(points);
    const level = median(points.map(([x, y]) => y - perMinute * x));
    const spread = median(points.map(([x, y]) => Math.abs(y - perMinute * x - level)));
    const { limit } = LIMITS[measure];
    const growth = perMinute * minutes;
    const allowed = Math.max(limit * Math.max(minutes, LEAST_MINUTES), SCATTERS * spread);
    return { measure, perMinute, limit, spread, grows: growth > allowed };
  });
}

/**
 * The findings as text; empty if the soak was steady.
 * @param {readonly Slope[]} slopes
 * @param {Readonly<Record<string, number>>} zeros counts that must be zero, by their names
 */
export function complaints(slopes, zeros) {
  const growing = slopes
    .filter(({ grows }) => grows)
    .map(
      ({ measure, perMinute, limit }) =>
        `${measure} grows by ${perMinute.toFixed(2)} per minute (limit ${limit})`,
    );
  const counted = Object.entries(zeros)
    .filter(([, count]) => count !== 0)
    .map(([what, count]) => `${what}: ${count}`);
  return [...growing, ...counted];
}
