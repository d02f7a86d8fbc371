/** Which transports are of this package. What another one fails with may be its own doing, and not the network's. */
import type { Transport } from '../ports/transport.js';

const OWN = new WeakSet<Transport>();

/** For the functions here that make transports. */
export function ownTransport(transport: Transport): Transport {
  OWN.add(transport);
  return transport;
}

export function isOwnTransport(transport: Transport): boolean {
  return OWN.has(transport);
}
