/**
 * A defect that the simulator has found in the product, and the world that showed it. The tests run these
 * worlds again.
 */
interface FormerDefect {
  readonly seed: number;
  /** An adversary that the world gets, if its seed does not draw it. */
  readonly adversary?: string;
  readonly defect: string;
}

export const FORMER_DEFECTS: readonly FormerDefect[] = [
  { seed: 25, defect: 'a failed init() was reported as the end of a session whose start() continued' },
  {
    seed: 171,
    defect:
      'start() that waited for the token of init() requested it again at once, in spite of Retry-After and the policy',
  },
  {
    seed: 2531,
    defect: 'a write waited for the memory of its own session while other sessions released theirs',
  },
  {
    seed: 962,
    adversary: 'slow-link',
    defect: 'the end of a request was sent before its last audio',
  },
  {
    seed: 145,
    adversary: 'late-encoding',
    defect: 'a heartbeat that was added during a tick doubled the time to the next tick',
  },
  {
    seed: 3282,
    defect: 'a timer stayed after the interrupt of an utterance that waited for another one by `after`',
  },
  {
    seed: 800890,
    defect: 'a timer of a millisecond stayed after a session had failed while its source gave empty chunks',
  },
];
