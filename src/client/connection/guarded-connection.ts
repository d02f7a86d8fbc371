/**
 * A transport of the application, made to keep its contract: what its connection throws ends the connection, what it calls after the
 * end is ignored, and what is neither bytes nor text is a violation. It costs a call for each message, so the package's own transports
 * go without it. A connection that never says that it is over is not waited for: that is the owner's business.
 */
import type { Transport, TransportConnection, TransportSink } from '../../ports/transport.js';

type Dial = (sink: TransportSink) => ReturnType<Transport['dial']>;

/** Rejects as the dial, or with TypeError for what is no connection. */
export async function guardedDial(dial: Dial, sink: TransportSink): Promise<TransportConnection> {
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
  return new GuardedConnection(inner, guarded) as TransportConnection;
}

const FUNCTIONS = ['send', 'notifyBelow', 'close', 'terminate'] as const;

class GuardedSink implements TransportSink {
  readonly #sink: TransportSink;
  connection: TransportConnection | undefined;
  /** Nothing more is passed on. */
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
  /** Absent where the transport has none. */
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

  /** A connection that throws is broken; its owner learns of that after the call. */
  #run(call: () => void): void {
    try {
      call();
    } catch (error) {
      void Promise.resolve().then(() => {
        attempt(() => this.#inner.terminate());
        this.#sink.closed(1006, '', error);
      });
    }
  }
}

function countOf(read: () => unknown): number | undefined {
  try {
    const value = read();
    return typeof value === 'number' && value >= 0 ? value : undefined;
  } catch {
    // A getter of the application that throws.
    return undefined;
  }
}

function attempt(call: () => void): void {
  try {
    call();
  } catch {
    // What can't be ended is left to the application.
  }
}
