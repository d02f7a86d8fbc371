import type { LocalProblem } from '../../core/failure/local-problem.js';

/** Why an utterance can't be sent again. */
export interface GivenUp {
  readonly message: string;
  readonly outcome: 'expired' | 'failed';
  readonly problem: LocalProblem;
  /** Not worth an error event: the application had said so. */
  readonly silently: boolean;
}
