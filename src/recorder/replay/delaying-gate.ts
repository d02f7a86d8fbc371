/**
 * A connect gate without limits that delays each dial by a given time. Must not know the reason for the
 * delays.
 */
import type { Clock } from '../../ports/clock.js';
import type { ConnectGate, DialPermit } from '../../ports/connect-gate.js';

const nothing = (): void => undefined;

/**
 * @param waitMsOf returns how long the next dial waits, milliseconds, by the name of its endpoint; 0: no wait
 * @param whyOf returns the reported reason of that wait
 */
export function delayingGate(
  waitMsOf: (clock: Clock, endpointName: string) => number,
  whyOf: (waitMs: number) => ReturnType<DialPermit['whyWaiting']>,
): ConnectGate {
  const enter = (clock: Clock, waitMs: number): DialPermit => {
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
      whyWaiting: () => whyOf(waitMs),
    };
  };
  return {
    endpoint: (clock, { shownName }) => ({
      register: nothing,
      unregister: nothing,
      answered: nothing,
      resendInMs: () => 0,
      enter: () => enter(clock, waitMsOf(clock, shownName)),
    }),
  };
}
