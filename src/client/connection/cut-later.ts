/** A socket that is on its way out gets a bounded time for it. Knows nothing of why it goes. */
import type { Clock } from '../../ports/clock.js';
import type { TransportConnection } from '../../ports/transport.js';

/** How long the peer may take to answer our close frame, milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/** Terminates the socket unless it is `gone` by then. */
export function cutLater(clock: Clock, transport: TransportConnection, gone: Promise<void>): void {
  const timer = clock.schedule(CLOSE_GRACE_MS, () => transport.terminate());
  void gone.then(() => timer.cancel());
}
