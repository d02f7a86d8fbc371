/** One thread of a run over many seeds. */
import { parentPort, workerData } from 'node:worker_threads';
import { runSeeds } from './run-seeds.js';
import type { SeedRange } from './run-seeds.js';

parentPort?.postMessage(await runSeeds(workerData as SeedRange));
