/**
 * What the transports of this package share: which transports are its own (the failure of another one may come from its code, and not from
 * the network), and how much of a close reason fits into a close frame.
 */
import { abortSignalOf } from '../ports/end-signal.js';
import type { LazySignal } from '../ports/end-signal.js';
import type { DialRequest, Transport, TransportConnection, TransportSink } from '../ports/transport.js';

export interface OwnTransportTraits {
  /** Whether `send` has made a copy of the bytes when it returns: their memory may be used again. Default false. */
  readonly copiesSentBytes?: boolean;
  /** Dials without a real AbortSignal, which costs more than all that is done with it. Default: the transport's own `dial`. */
  readonly dialLazily?: LazyDial;
}

/** As `Transport.dial`; the signal may be one that becomes an AbortSignal only on demand. */
export type LazyDial = (
  request: DialRequest<LazySignal>,
  sink: TransportSink,
) => Promise<TransportConnection>;

const OWN = new WeakMap<Transport, OwnTransportTraits>();

/** For the functions here that make transports. */
export function ownTransport(transport: Transport, traits: OwnTransportTraits = {}): Transport {
  OWN.set(transport, traits);
  return transport;
}

export function isOwnTransport(transport: Transport): boolean {
  return OWN.has(transport);
}

/** How the transport is dialled from inside this package, whatever signal it wants. */
export function lazyDialOf(transport: Transport): LazyDial {
  const { dialLazily } = OWN.get(transport) ?? {};
  if (dialLazily !== undefined) return dialLazily;
  return ({ signal, ...request }, sink) =>
    transport.dial({ ...request, signal: abortSignalOf(signal) }, sink);
}

/** False for a transport of the application: the contract lets it keep what it is given. */
export function copiesSentBytes(transport: Transport): boolean {
  return OWN.get(transport)?.copiesSentBytes === true;
}

/**
 * Decides how much of a close reason fits into a close frame: 125 bytes of payload less two for the code, and no
 * character cut in half. Both WebSocket implementations throw on a longer one.
 */
const MAX_REASON_BYTES = 123;

export function fitCloseReason(reason: string): string {
  // Nearly always: an encoder is worth making only where there is something to cut.
  if (reason === '') return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}
