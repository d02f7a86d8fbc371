/**
 * The one call of p-retry in the package: the loop of an outage. Independent of dials and decisions: the
 * caller passes the attempt, and the function that decides whether another one follows.
 */
import pRetry from 'p-retry';

const nothing = (): void => undefined;
const always = (): boolean => true;

/**
 * The first attempt, and from its failure on one call of p-retry, which drives the loop and nothing more: all its own delays are zero,
 * because it clamps after jittering and reads its own clock. The decision and the sleep happen in `goesOn`, the hook that p-retry calls
 * last. Most dials succeed at once or fail for good, and need no loop.
 */
export function retryUntil<T>(
  attempt: () => Promise<T>,
  goesOn: (error: Error) => Promise<boolean>,
): Promise<T> {
  return attempt().catch(async (error: unknown) => {
    if (!(error instanceof Error) || !(await goesOn(error))) throw error;
    return furtherAttempts(attempt, goesOn);
  });
}

function furtherAttempts<T>(
  attempt: () => Promise<T>,
  goesOn: (error: Error) => Promise<boolean>,
): Promise<T> {
  // Every option of p-retry is written here, without a spread: adding an option to a copied object gives that object a hidden class of
  // its own, which slows the garbage collector most.
  return pRetry(attempt, {
    signal: undefined,
    retries: Infinity,
    minTimeout: 0,
    maxTimeout: 0,
    maxRetryTime: Infinity,
    factor: 1,
    randomize: false,
    shouldRetry: ({ error }) => goesOn(error),
    onFailedAttempt: nothing,
    shouldConsumeRetry: always,
  });
}
