/** A connect gate that lets each dial wait as long as a test says, on the clock of the session. */
import type { ConnectGate, DialPermit } from '../../src/index.js';

/** @param waitsMs of the first dials, milliseconds; those after them do not wait */
export function heldGate(waitsMs: readonly number[]): ConnectGate {
  const left = [...waitsMs];
  const nothing = (): void => undefined;
  return {
    endpoint: (clock) => ({
      register: nothing,
      unregister: nothing,
      answered: nothing,
      resendInMs: () => 0,
      enter: (): DialPermit => {
        const waitMs = left.shift() ?? 0;
        let admission: Promise<void> | undefined;
        if (waitMs > 0) {
          admission = new Promise((resolve) => {
            clock.schedule(waitMs, () => {
              admission = undefined;
              resolve();
            });
          });
        }
        return {
          get admission() {
            return admission;
          },
          prepared: nothing,
          confirmed: nothing,
          failed: nothing,
          decided: nothing,
          lost: () => undefined,
          left: nothing,
          whyWaiting: () => ({ why: 'one dial after the other', leastMs: waitMs }),
        };
      },
    }),
  };
}
