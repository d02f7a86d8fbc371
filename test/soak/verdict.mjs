// @ts-check
/**
 * Decides whether a soak was steady: slopes of the second half of the samples against limits, and counts that must be zero. Pure; what
 * was measured, and how, is not known here.
 */

/**
 * One look at the process under test, after a full collection. Times are milliseconds; how late the event loop was, in the middle and at
 * the 99th percentile since the last look. Handles and sockets are those beyond what connected sessions and the crowd itself need.
 * @typedef {{ atMs: number, heapMiB: number, externalMiB: number, rssMiB: number, handles: number, sockets: number, delayMs: number, connected: number, worstDelayMs: number }} Sample
 * @typedef {Exclude<keyof Sample, 'atMs' | 'connected' | 'worstDelayMs'>} Measure
 * @typedef {{ measure: Measure, perMinute: number, limit: number, spread: number, grows: boolean }} Slope
 */

/**
 * How fast something may seem to grow, per minute. Two hundred sessions make about 1800 utterances and 200 new sessions in that time.
 * @type {Readonly<Record<Measure, { limit: number, why: string }>>}
 */
export const LIMITS = {
  heapMiB: { limit: 0.2, why: '100 bytes for each utterance, or 1 KiB for each session that was closed' },
  externalMiB: {
    limit: 0.5,
    why: 'the audio of five utterances; what is unfinished at a sample goes up and down by more',
  },
  rssMiB: { limit: 4, why: 'the allocator keeps pages; what leaks shows in the two above first' },
  handles: { limit: 4, why: 'one of fifty closed sessions leaves a timer or a socket behind' },
  sockets: { limit: 4, why: 'as the handles' },
  delayMs: {
    limit: 1,
    why: 'work that grows with time; the worst delays say more of the machine than of the process',
  },
};

/** A slope is only one when what it adds up to is more than so many times the samples’ own scatter. */
const SCATTERS = 3;
/** A shorter soak is still warming up: its growth is judged as if it had been that of so many minutes. */
const LEAST_MINUTES = 5;

/**
 * The median of the slopes between all pairs (Theil–Sen): a third of the samples may lie anywhere without moving it.
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

/** The first half is warming up: code is compiled, pools are filled. @param {readonly Sample[]} samples @returns {Slope[]} */
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
 * What is wrong, in words; nothing when the soak was steady.
 * @param {readonly Slope[]} slopes
 * @param {Readonly<Record<string, number>>} zeros counts that must be zero, by what they count
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
