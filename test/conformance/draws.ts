/**
 * The random draws of a case: the fixed one, or 0, almost 1 and some between. Delays grow with the draw, so
 * the two ends give the bounds.
 */
export interface Draw {
  /** In the order in which they are made, in [0, 1); the last one goes on for ever. */
  readonly values: readonly number[];
  readonly side: 'lowest' | 'inner' | 'highest';
}

/** A double this close to 1 moves no delay of the kit by a tenth of a millisecond. */
const ALMOST_ONE = 1 - 2 ** -40;

/** As a case gives them: one number for all draws, or a list. */
export type GivenRandom = number | readonly number[];

/** A source of chance that gives these draws, for one run of one case. */
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
