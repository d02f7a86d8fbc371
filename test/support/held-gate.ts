/** A connect gate that delays each dial by a time that the test gives, on the clock of the session. */
import type { ConnectGate } from '../../src/index.js';
import { delayingGate } from '../../src/recorder/replay/delaying-gate.js';

/** @param waitsMs waits of the first dials, in milliseconds; later dials do not wait */
export function heldGate(waitsMs: readonly number[]): ConnectGate {
  const left = [...waitsMs];
  return delayingGate(
    () => left.shift() ?? 0,
    (leastMs) => ({ why: 'one dial after the other', leastMs }),
  );
}
