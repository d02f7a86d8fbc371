// @ts-check
/**
 * Samples this process: memory after a full collection, open handles, and the event-loop delay since the last
 * sample.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const MIB = 1024 * 1024;
/** The histogram includes the interval between two of its own ticks in each delay. */
const RESOLUTION_MS = 10;

export class Sampler {
  /** @type {import('./verdict.mjs').Sample[]} */
  samples = [];
  #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #gc;
  #sinceMs = performance.now();

  #tally;

  /** @param {{ readonly connected: number, readonly sleeping: number }} tally */
  constructor(tally) {
    this.#tally = tally;
    const { gc } = globalThis;
    if (gc === undefined) throw new Error('run it with node --expose-gc');
    this.#gc = gc;
    this.#delay.enable();
  }

  take() {
    const [delayMs, worstDelayMs] = [this.#delayMs(50), this.#delayMs(99)];
    this.#gc();
    this.#gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    const { connected, sleeping } = this.#tally;
    const handles = activeHandles();
    const sockets = handles.filter((kind) => kind === 'TCPSocketWrap').length;
    this.samples.push({
      atMs: performance.now() - this.#sinceMs,
      heapMiB: heapUsed / MIB,
      externalMiB: external / MIB,
      rssMiB: rss / MIB,
      connected,
      handles: handles.length - connected - sleeping,
      sockets: sockets - connected,
      delayMs,
      worstDelayMs,
    });
    // The sampler itself caused this garbage collection, so it does not count as a delay.
    setImmediate(() => this.#delay.reset());
  }

  /** @param {number} percentile */
  #delayMs(percentile) {
    return Math.max(0, this.#delay.percentile(percentile) / 1e6 - RESOLUTION_MS);
  }

  stop() {
    this.#delay.disable();
  }
}

/** The resources that keep this process alive, except its channel to the service. */
export function activeHandles() {
  return process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FS|Process)/.test(kind));
}
