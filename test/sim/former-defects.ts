/** A defect that the simulator has found in the product, and the world that showed it; the tests run these worlds again. */
interface FormerDefect {
  readonly seed: number;
  /** Given to the world, where it has not drawn it by itself. */
  readonly adversary?: string;
  readonly defect: string;
}

export const FORMER_DEFECTS: readonly FormerDefect[] = [
  { seed: 25, defect: 'a failed init() was reported as the end of a session whose start() continued' },
  {
    seed: 171,
    defect:
      'start() that waited for the token of init() asked again at once, past a Retry-After and the policy',
  },
  {
    seed: 2531,
    defect: 'a write waited for the memory of its own session as long as others let go of theirs',
  },
  {
    seed: 962,
    adversary: 'slow-link',
    defect: 'the end of a request went out before the last of its audio',
  },
  {
    seed: 145,
    adversary: 'late-encoding',
    defect: 'a heartbeat that joined during a tick made the next tick come twice as late',
  },
  {
    seed: 3282,
    defect: 'a timer was left when an utterance was interrupted that waited for another one by `after`',
  },
  {
    seed: 800890,
    defect: 'a timer of a millisecond was left when a session failed while its source gave empty chunks',
  },
];
