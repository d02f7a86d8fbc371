/** Helpers for sabotages: wrappers that replace some methods of a port's object and forward all others. */
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

/** The same options, with a dial function that wraps the existing one. */
export function withDial(options: AvatarSessionOptions, change: (dial: Dial) => Dial): AvatarSessionOptions {
  const transport = options.transport ?? createWsTransport();
  const dial = change((request, sink) => transport.dial(request, sink));
  return { ...options, transport: { name: transport.name, sendsHeaders: transport.sendsHeaders, dial } };
}

/**
 * The same options, with changed numbers in the policy; undefined if the application has configured no
 * retries.
 */
export function withRetry(options: AvatarSessionOptions, changes: RetryOptions): AvatarSessionOptions {
  const { retry = {} } = options;
  if (retry === false || retry === 'never') return options;
  const given = typeof retry === 'string' ? { preset: retry } : retry;
  return { ...options, retry: { ...given, ...changes } };
}

const clocks = new WeakMap<Clock, Clock>();

/** Keeps one clock for all sessions that share a clock, because they share their timers. */
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
