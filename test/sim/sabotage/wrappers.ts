/** What sabotages are made of: a port's object with some of its methods replaced, everything else handed on. */
import { createWsTransport } from '../../../src/index.js';
import type {
  AvatarSessionOptions,
  Clock,
  DialRequest,
  RetryOptions,
  TransportConnection,
  TransportSink,
} from '../../../src/index.js';
import type { DialGate, DialPermit } from '../../../src/ports/connect-gate.js';

export function sinkWith(sink: TransportSink, changes: Partial<TransportSink>): TransportSink {
  return {
    message: (data) => sink.message(data),
    closed: (code, reason, cause) => sink.closed(code, reason, cause),
    violated: (message, cause) => sink.violated(message, cause),
    drained: () => sink.drained(),
    ...changes,
  };
}

export function connectionWith(
  inner: TransportConnection,
  changes: Partial<Pick<TransportConnection, 'send' | 'ping' | 'close' | 'terminate'>>,
): TransportConnection {
  return {
    get bufferedBytes() {
      return inner.bufferedBytes;
    },
    get takenBytes() {
      return inner.takenBytes ?? 0;
    },
    get receivedBytes() {
      return inner.receivedBytes;
    },
    send: (bytes) => inner.send(bytes),
    notifyBelow: (bytes) => inner.notifyBelow(bytes),
    ping: () => inner.ping?.(),
    close: (code, reason) => inner.close(code, reason),
    terminate: () => inner.terminate(),
    ...changes,
  };
}

export function gateWith(inner: DialGate, changes: Pick<DialGate, 'enter'>): DialGate {
  return {
    register: () => inner.register(),
    unregister: () => inner.unregister(),
    answered: () => inner.answered(),
    resendInMs: (account) => inner.resendInMs(account),
    ...changes,
  };
}

export function passWith(inner: DialPermit, changes: Partial<Omit<DialPermit, 'admission'>>): DialPermit {
  return {
    get admission() {
      return inner.admission;
    },
    prepared: () => inner.prepared(),
    confirmed: () => inner.confirmed(),
    failed: (failure) => inner.failed(failure),
    decided: (failure, hintedDelayMs) => inner.decided(failure, hintedDelayMs),
    lost: (loss) => inner.lost(loss),
    left: () => inner.left(),
    whyWaiting: () => inner.whyWaiting(),
    ...changes,
  };
}

type Dial = (request: DialRequest, sink: TransportSink) => Promise<TransportConnection>;

/** The same options with another way to dial, made from the one that is there. */
export function withDial(options: AvatarSessionOptions, change: (dial: Dial) => Dial): AvatarSessionOptions {
  const transport = options.transport ?? createWsTransport();
  const dial = change((request, sink) => transport.dial(request, sink));
  return { ...options, transport: { name: transport.name, sendsHeaders: transport.sendsHeaders, dial } };
}

/**
 * The same options with other numbers in the policy than the application configured; undefined where it
 * retries nothing.
 */
export function withRetry(options: AvatarSessionOptions, changes: RetryOptions): AvatarSessionOptions {
  const { retry = {} } = options;
  if (retry === false || retry === 'never') return options;
  const given = typeof retry === 'string' ? { preset: retry } : retry;
  return { ...options, retry: { ...given, ...changes } };
}

const clocks = new WeakMap<Clock, Clock>();

/** Sessions of one clock stay sessions of one clock: they share their timers. */
export function withClock(
  options: AvatarSessionOptions,
  change: (clock: Clock) => Clock,
): AvatarSessionOptions {
  const { clock } = options;
  if (clock === undefined) return options;
  let changed = clocks.get(clock);
  if (changed === undefined) {
    changed = change(clock);
    clocks.set(clock, changed);
  }
  return { ...options, clock: changed };
}
