/**
 * The random draws for a case: those that the case gives, or 0, a number just below 1 and some between.
 * Delays grow with the draw, so the lowest and the highest draw give the bounds.
 */
export interface Draw {
  /** In the order in which they are drawn, each in [0, 1); the last one is repeated without end. */
  readonly values: readonly number[];
  readonly side: 'lowest' | 'inner' | 'highest';
}

/** So close to 1 that the difference changes each delay of the kit by less than 0.1 ms. */
const ALMOST_ONE = 1 - 2 ** -40;

/** The draws in a case: one number for all draws, or a list. */
export type GivenRandom = number | readonly number[];

/** A random source that returns these draws, for one run of one case. */
export function randomOf({ values }: Draw): () => number {
  const left = [...values];
  const last = left.at(-1) ?? 0;
  return () => left.shift() ?? last;
}

export function drawsOf({ random }: { readonly random?: GivenRandom }): readonly Draw[] {
  if (random !== undefined) return [{ values: [random].flat(), side: 'inner' }];
  return [
    { values: [0], side: 'lowest' },
    { values: [0.25], side: 'inner' },
    { values: [0.5], side: 'inner' },
    { values: [0.75], side: 'inner' },
    { values: [ALMOST_ONE], side: 'highest' },
  ];
}
