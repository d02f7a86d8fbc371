// @ts-check
/** Runs the scenarios in a worker thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('./main.mjs', import.meta.url));
const [code] = await once(worker, 'exit');
process.exitCode = code;
