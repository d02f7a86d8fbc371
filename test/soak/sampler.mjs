// @ts-check
/** Looks at this process: memory after a full collection, handles, and how late the event loop was since the last look. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const MIB = 1024 * 1024;
/** The histogram holds the whole distance between two of its ticks. */
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
    // The sampler itself caused this collection: it does not count as a delay.
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

/** What keeps this process alive, beside its channel to the service. */
export function activeHandles() {
  return process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FS|Process)/.test(kind));
}
