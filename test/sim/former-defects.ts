/** What the simulator has found in the product, each with the seed that showed it; the tests live these worlds again. */
export const FORMER_DEFECTS: readonly { readonly seed: number; readonly defect: string }[] = [
  { seed: 25, defect: 'a failed init() was told as the end of a session whose start() went on' },
  {
    seed: 171,
    defect:
      'start() that waited for the token of init() asked again at once, past a Retry-After and the policy',
  },
  {
    seed: 2531,
    defect: 'a write waited for the memory of its own session as long as others let go of theirs',
  },
];
