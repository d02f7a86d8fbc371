/**
 * Shared by the transports of this package: the list of its own transports, and the part of a close reason that fits into a close frame.
 * A transport of the application is wrapped, because it may break the contract of its port, and its failures may be its own and not the
 * network's. Must not know what an answer means for the session.
 */
import { onRejection } from '../core/option/plain-object.js';
import { abortSignalOf } from '../ports/end-signal.js';
import type { LazySignal } from '../ports/end-signal.js';
import type { DialRequest, Transport, TransportConnection, TransportSink } from '../ports/transport.js';

export interface OwnTransportTraits {
  /** Whether `send` has made a copy of the bytes when it returns: their memory may be used again. Default false. */
  readonly copiesSentBytes?: boolean;
  /** Dials without a real AbortSignal, which costs more than everything that is done with it. Default: the transport's own `dial`. */
  readonly dialLazily?: LazyDial;
  /** `LazyModule.load` of what it dials with. Default: nothing is loaded later. */
  readonly load?: () => Promise<unknown> | undefined;
}

/** Like `Transport.dial`; the signal may be one that becomes an AbortSignal only on demand. */
export type LazyDial = (
  request: DialRequest<LazySignal>,
  sink: TransportSink,
) => Promise<TransportConnection>;

const OWN = new WeakMap<Transport, OwnTransportTraits>();

/** Registers a transport that a function of this package made. */
export function ownTransport(transport: Transport, traits: OwnTransportTraits = {}): Transport {
  OWN.set(transport, traits);
  return transport;
}

export function isOwnTransport(transport: Transport): boolean {
  return OWN.has(transport);
}

/** The dial function of the transport; that of an application's transport is wrapped. */
export function lazyDialOf(transport: Transport): LazyDial {
  const traits = OWN.get(transport);
  const dialLazily = traits && Object.hasOwn(traits, 'dialLazily') ? traits.dialLazily : undefined;
  if (dialLazily !== undefined) return dialLazily;
  const dial: LazyDial = ({ signal, ...request }, sink) =>
    transport.dial({ ...request, signal: abortSignalOf(signal) }, sink);
  if (isOwnTransport(transport)) return dial;
  return (request, sink) => guardedDial((guarded) => dial(request, guarded), sink);
}

/** `LazyModule.load` of what the transport dials with. */
export function loadTransport(transport: Transport): Promise<unknown> | undefined {
  const traits = OWN.get(transport);
  return traits !== undefined && Object.hasOwn(traits, 'load') ? traits.load?.() : undefined;
}

/** False for a transport of the application: the contract allows it to keep the bytes that it gets. */
export function copiesSentBytes(transport: Transport): boolean {
  const traits = OWN.get(transport);
  return traits !== undefined && Object.hasOwn(traits, 'copiesSentBytes') && traits.copiesSentBytes === true;
}

/**
 * Decides how much of a close reason fits into a close frame: 125 bytes of payload less two for the code, and no
 * character cut in half. Both WebSocket implementations throw on a longer one.
 */
const MAX_REASON_BYTES = 123;

export function fitCloseReason(reason: string): string {
  // The usual case, in which no encoder is needed.
  if (reason === '') return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}

type DialInto = (sink: TransportSink) => Promise<TransportConnection>;

/**
 * Makes a transport keep its contract: an exception or rejection of its connection ends the connection, calls after the end are ignored,
 * and a message that is neither bytes nor text is a violation. It costs a call for each message. A connection that never reports its end
 * is handled by its owner, not here. Rejects as the dial does, or with TypeError for a value that is no connection.
 */
async function guardedDial(dial: DialInto, sink: TransportSink): Promise<TransportConnection> {
  const guarded = new GuardedSink(sink);
  const connection: unknown = await dial(guarded);
  for (const name of FUNCTIONS) {
    if (typeof (connection as Partial<TransportConnection> | null | undefined)?.[name] === 'function')
      continue;
    guarded.isOver = true;
    attempt(() => (connection as TransportConnection).terminate());
    throw new TypeError(`the connection that the transport has opened has no function ${name}`);
  }
  const inner = connection as TransportConnection;
  guarded.connection = inner;
  return new GuardedConnection(inner, guarded);
}

const FUNCTIONS = ['send', 'notifyBelow', 'close', 'terminate'] as const;

class GuardedSink implements TransportSink {
  readonly #sink: TransportSink;
  connection: TransportConnection | undefined;
  /** Whether the connection has ended: nothing more is passed on. */
  isOver = false;

  constructor(sink: TransportSink) {
    this.#sink = sink;
  }

  message(data: unknown): void {
    if (this.isOver) return;
    if (typeof data === 'string' || data instanceof Uint8Array) {
      this.#sink.message(data);
      return;
    }
    this.violated(`the transport handed over a message that is neither bytes nor text: ${typeof data}`);
    attempt(() => this.connection?.terminate());
  }

  closed(...end: Parameters<TransportSink['closed']>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#sink.closed(...end);
  }

  violated(...end: Parameters<TransportSink['violated']>): void {
    if (!this.isOver) this.#sink.violated(...end);
  }

  drained(): void {
    if (!this.isOver) this.#sink.drained();
  }

  heard(): void {
    if (!this.isOver) this.#sink.heard?.();
  }
}

class GuardedConnection {
  readonly #inner: TransportConnection;
  readonly #sink: GuardedSink;
  /** Absent if the transport has none. */
  declare readonly ping?: () => void;

  constructor(inner: TransportConnection, sink: GuardedSink) {
    this.#inner = inner;
    this.#sink = sink;
    if (typeof inner.ping === 'function') this.ping = () => this.#run(() => inner.ping?.());
  }

  get bufferedBytes(): number {
    return countOf(() => this.#inner.bufferedBytes) ?? 0;
  }

  get receivedBytes(): number {
    return countOf(() => this.#inner.receivedBytes) ?? 0;
  }

  get takenBytes(): number | undefined {
    return countOf(() => this.#inner.takenBytes);
  }

  send(bytes: Uint8Array): void {
    this.#run(() => this.#inner.send(bytes));
  }

  notifyBelow(bytes: number): void {
    this.#run(() => this.#inner.notifyBelow(bytes));
  }

  close(closeCode: number, closeReason: string): void {
    this.#run(() => this.#inner.close(closeCode, closeReason));
  }

  terminate(): void {
    this.#run(() => this.#inner.terminate());
  }

  /** A connection that throws is broken; its owner is informed after the call. */
  #run(call: () => unknown): void {
    const broken = (error: unknown): void => {
      attempt(() => this.#inner.terminate());
      this.#sink.closed(1006, '', error);
    };
    try {
      onRejection(call(), broken);
    } catch (error) {
      void Promise.resolve().then(() => broken(error));
    }
  }
}

function countOf(read: () => unknown): number | undefined {
  try {
    const value = read();
    onRejection(value, () => undefined);
    return typeof value === 'number' && value >= 0 ? value : undefined;
  } catch {
    // A getter of the application that throws.
    return undefined;
  }
}

function attempt(call: () => unknown): void {
  try {
    onRejection(call(), () => undefined);
  } catch {
    // A socket that can't be ended is left to the application.
  }
}
