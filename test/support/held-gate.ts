/** A connect gate that lets each dial wait as long as a test says, on the clock of the session. */
import type { ConnectGate } from '../../src/index.js';
import { delayingGate } from '../../src/recorder/replay/delaying-gate.js';

/** @param waitsMs of the first dials, milliseconds; those after them do not wait */
export function heldGate(waitsMs: readonly number[]): ConnectGate {
  const left = [...waitsMs];
  return delayingGate(
    () => left.shift() ?? 0,
    (leastMs) => ({ why: 'one dial after the other', leastMs }),
  );
}
