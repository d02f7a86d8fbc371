/**
 * The entries of the service's log, and the log itself: it keeps entries up to a limit, and lets a test wait
 * for an entry instead of sleeping. Header values, tokens, keys and room credentials never appear in an
 * entry; texts of the service itself do.
 */
import { createSystemClock } from '../../adapters/node/system-clock.js';
import type { Clock, Timer } from '../../ports/clock.js';
import type { FaultKind, FaultPhase } from '../fault/fault.js';
import type { ClosedBy } from '../socket/service-socket.js';

/** Where an upgrade request had its credentials. */
export type AuthMode = 'header' | 'query' | 'both' | 'none';

/** An event without a connection. */
export type ServiceEvent =
  /** A request for a host, or from an origin, that is not allowed; it was only refused. */
  | {
      /** What happened. */
      readonly event: 'hostRefused';
      /** Why, in words. */
      readonly detail: string;
    }
  | { readonly event: 'tokenRequested' }
  | {
      readonly event: 'tokenIssued';
      /** When the token expires, Unix seconds. */
      readonly expireAt: number;
    }
  | {
      readonly event: 'tokenRefused';

      /** The HTTP status of the answer. */
      readonly status: number;
      readonly detail: string;
    }
  | {
      readonly event: 'faultFired';

      /** The kind of the fault. */
      readonly kind: FaultKind;

      /** The phase in which it fired. */
      readonly phase: FaultPhase;
    };

/** An event of one connection, without its number. */
export type ConnectionEvent =
  | {
      /** What happened. */
      readonly event: 'upgradeRequested';
      /** Where the request had its credentials. */
      readonly authMode: AuthMode;
      /** The avatar that was asked for. */
      readonly avatarId: string;
      /** Lower-cased, in the order received. */
      readonly headerNames: readonly string[];
    }
  | {
      readonly event: 'upgradeRefused';

      /** The HTTP status of the answer. */
      readonly status: number;

      /** The text that was sent. */
      readonly message: string;
    }
  | {
      readonly event: 'opened';
      /** Open sockets at that time. */
      readonly openSockets: number;
    }
  | {
      readonly event: 'configured';
      /** Samples per second. */
      readonly sampleRate: number;
      /** The wire value: 0 PCM, 1 Ogg Opus. */
      readonly audioFormat: number;
      /** The wire value: 0 none, 1 LiveKit, 2 Agora. */
      readonly egressType: number;
      /** The names of the extra parameters. */
      readonly extraParamNames: readonly string[];
    }
  | {
      readonly event: 'confirmed';

      /** The id that was given to the connection. */
      readonly connectionId: string;

      /** The capabilities that the service announced. */
      readonly capabilities: readonly string[];
    }
  | {
      readonly event: 'errorSent';

      /** The code that was sent, or the close code. */
      readonly code: number;
      readonly message: string;

      /** The request id. */
      readonly reqId: string;
    }
  | {
      readonly event: 'audio';
      readonly reqId: string;
      /** Bytes of audio. */
      readonly bytes: number;
      /** Whether it was the last message of the request. */
      readonly end: boolean;
      /** The trace context of the message. */
      readonly traceparent?: string;
    }
  | {
      readonly event: 'animation';
      readonly reqId: string;
      /** Keyframes in this message. */
      readonly keyframes: number;
      readonly end: boolean;
    }
  /** The last message of a request was sent; `keyframes` counts all messages of the request. */
  | { readonly event: 'ended'; readonly reqId: string; readonly keyframes: number }
  | {
      readonly event: 'interrupted';
      readonly reqId: string;

      /** Whether the service had the request. */
      readonly known: boolean;
    }
  | { readonly event: 'paused' | 'resumed'; readonly reqId: string }
  | {
      readonly event: 'playback';
      readonly reqId: string;
      /** The wire value of the playback state. */
      readonly state: number;
      /** The position in the audio, milliseconds. */
      readonly playedMs: number;
      /** The reason that was sent. */
      readonly reason: string;
    }
  /** A message of the client had no effect; `detail` is the reason. */
  | {
      readonly event: 'ignored';
      /** Why, in words. */
      readonly detail: string;
      readonly reqId?: string;
    }
  | {
      readonly event: 'faultFired';

      /** The kind of the fault. */
      readonly kind: FaultKind;

      /** The phase in which it fired. */
      readonly phase: FaultPhase;
    }
  /** The TCP connection has ended. The code is 1005 or 1006 if no close code was received. */
  | {
      readonly event: 'closed';

      /** Which side ended it. */
      readonly by: ClosedBy;
      readonly code: number;
      readonly reason: string;
    };

/** An event and the number of its connection: upgrade requests are counted from 1. */
export type LogFact =
  | (ServiceEvent & {
      /** Absent: the event has no connection. */
      readonly connection?: never;
    })
  | (ConnectionEvent & { readonly connection: number });
/** One line of the log. */
export type LogEntry = LogFact & {
  /** Milliseconds since the service started. */
  readonly atMs: number;
};

interface Waiter {
  readonly predicate: (entry: LogEntry) => boolean;
  readonly resolve: (entry: LogEntry) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

export class EmulatorLog {
  readonly #entries: LogEntry[] = [];
  readonly #maxEntries: number;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #waiters = new Set<Waiter>();
  readonly #readers: ((entry: LogEntry) => void)[] = [];
  #droppedCount = 0;
  #closed = false;

  constructor(maxEntries: number, clock: Clock = createSystemClock()) {
    this.#maxEntries = maxEntries;
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Entries that were dropped, oldest first, because of the limit. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Milliseconds since the service started. */
  get nowMs(): number {
    return this.#clock.nowMs() - this.#startedAtMs;
  }

  add(fact: LogFact): void {
    const entry: LogEntry = { atMs: this.nowMs, ...fact };
    if (this.#entries.length >= this.#maxEntries) {
      // A tenth at once, because shifting the whole array for every entry would be slow.
      this.#droppedCount += this.#entries.splice(0, Math.ceil(this.#maxEntries / 10)).length;
    }
    this.#entries.push(entry);
    for (const read of this.#readers) read(entry);
    for (const waiter of this.#waiters) {
      try {
        if (waiter.predicate(entry)) this.#settle(waiter).resolve(entry);
      } catch (error) {
        this.#settle(waiter).reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Calls `read` with every entry from now on, when it is written; it must not throw. */
  follow(read: (entry: LogEntry) => void): void {
    this.#readers.push(read);
  }

  /** The first entry that the predicate accepts, among kept and later ones. Rejects if the predicate throws. */
  async waitFor(predicate: (entry: LogEntry) => boolean, timeoutMs: number): Promise<LogEntry> {
    const found = this.#entries.find(predicate);
    if (found !== undefined) return found;
    if (this.#closed)
      throw new Error('the embedded service is stopped; what was waited for is not in its log');
    return new Promise((resolve, reject) => {
      const timer = this.#clock.schedule(timeoutMs, () =>
        this.#settle(waiter).reject(this.#timeoutError(timeoutMs)),
      );
      const waiter: Waiter = { predicate, resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** Rejects all pending waits. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) {
      this.#settle(waiter).reject(new Error('the embedded service was stopped before it happened'));
    }
  }

  #settle(waiter: Waiter): Waiter {
    waiter.timer.cancel();
    this.#waiters.delete(waiter);
    return waiter;
  }

  #timeoutError(timeoutMs: number): Error {
    const last = this.#entries.slice(-5).map((entry) => JSON.stringify(entry));
    return new Error(
      `no matching log entry within ${timeoutMs} ms; ${this.#entries.length} entries, last: ${last.join(' ') || 'none'}`,
    );
  }
}
