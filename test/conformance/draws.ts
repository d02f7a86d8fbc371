/**
 * Which draws a case is run with: the one that it fixes, or the two ends and some between. Delays grow with the draw,
 * so the ends give the bounds.
 */
export interface Draw {
  /** Stands for every draw that is made in the case, in [0, 1). */
  readonly value: number;
  readonly side: 'lowest' | 'inner' | 'highest';
}

/** A double this close to 1 moves no delay of the kit by a tenth of a millisecond. */
const ALMOST_ONE = 1 - 2 ** -40;

export function drawsOf({ random }: { readonly random?: number }): readonly Draw[] {
  if (random !== undefined) return [{ value: random, side: 'inner' }];
  return [
    { value: 0, side: 'lowest' },
    { value: 0.25, side: 'inner' },
    { value: 0.5, side: 'inner' },
    { value: 0.75, side: 'inner' },
    { value: ALMOST_ONE, side: 'highest' },
  ];
}
