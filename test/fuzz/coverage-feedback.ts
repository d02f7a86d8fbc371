/**
 * Measures which blocks of the product a run has reached, by the counters of the engine. A script that
 * reaches a new block is worth mutating. Independent of the code that runs.
 */
import { Session } from 'node:inspector/promises';

export class CoverageFeedback {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  readonly #isProduct: (url: string) => boolean;

  constructor(isProduct: (url: string) => boolean) {
    this.#isProduct = isProduct;
  }

  /** Blocks reached so far. */
  get reached(): number {
    return this.#seen.size;
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /**
   * The number of blocks that were reached since the last call and never before. With `keep`, they count as
   * known from now on.
   */
  async newBlocks(keep: boolean): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const reached = result
      .filter(({ url }) => this.#isProduct(url))
      .flatMap(({ url, functions }) =>
        functions.flatMap(({ ranges }) => ranges.map((range) => ({ url, ...range }))),
      )
      .filter(({ count }) => count > 0)
      .map(({ url, startOffset, endOffset }) => `${url}:${startOffset}-${endOffset}`)
      .filter((block) => !this.#seen.has(block));
    if (keep) for (const block of reached) this.#seen.add(block);
    return reached.length;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
