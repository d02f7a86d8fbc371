/**
 * The source of all random draws. Each part of a world draws from its own named stream: if one part draws
 * more or less, the other parts do not change. So a shrunk schedule keeps its meaning.
 */
import { createSeededRandom } from '../../../src/adapters/node/runtime-sources.js';
import type { Random } from '../../../src/ports/random.js';

export class Draws implements Random {
  readonly #random: Random;

  constructor(seed: number, stream: string) {
    let mixed = seed;
    for (const letter of stream)
      mixed = (Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193) + 0x9e3779b9) | 0;
    this.#random = createSeededRandom(mixed);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#random.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number, both bounds included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** A time with one decimal place, so that two events rarely have the same time. */
  ms(least: number, most: number): number {
    return Math.round((least + this.next() * (most - least)) * 10) / 10;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length - 1)] ?? choices[0];
  }
}
