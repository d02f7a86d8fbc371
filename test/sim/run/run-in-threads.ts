/** Distributes a range of seeds over the cores of the machine. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { addUp } from './run-seeds.js';
import type { SeedRange, Tally } from './run-seeds.js';

/** Rejects if a thread ends with an error. */
export async function runInThreads({ from, count, adversary }: SeedRange): Promise<Tally> {
  const threads = Math.min(availableParallelism(), count);
  const tallies = Array.from({ length: threads }, async (_nothing, index) => {
    const workerData: SeedRange = { from: from + index, count: count - index, every: threads, adversary };
    const worker = new Worker(new URL('seed-worker.js', import.meta.url), { workerData });
    const [tally] = (await once(worker, 'message')) as [Tally];
    return tally;
  });
  return addUp(await Promise.all(tallies));
}
