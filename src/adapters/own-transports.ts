/** Which transports are of this package. What another one fails with may be its own doing, and not the network's. */
import type { Transport } from '../ports/transport.js';

export interface OwnTransportTraits {
  /** Whether `send` has made a copy of the bytes when it returns: their memory may be used again. Default false. */
  readonly copiesSentBytes?: boolean;
}

const OWN = new WeakMap<Transport, OwnTransportTraits>();

/** For the functions here that make transports. */
export function ownTransport(transport: Transport, traits: OwnTransportTraits = {}): Transport {
  OWN.set(transport, traits);
  return transport;
}

export function isOwnTransport(transport: Transport): boolean {
  return OWN.has(transport);
}

/** False for a transport of the application: the contract lets it keep what it is given. */
export function copiesSentBytes(transport: Transport): boolean {
  return OWN.get(transport)?.copiesSentBytes === true;
}
