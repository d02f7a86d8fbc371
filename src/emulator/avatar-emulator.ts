/**
 * The embedded avatar service for tests: on a loopback port in real time, or in the process on a clock of the caller. The behaviour of
 * the service is in avatar-service.ts.
 */
import { randomUUID } from 'node:crypto';
import { createSeededRandom } from '../adapters/node/runtime-sources.js';
import { createSystemClock } from '../adapters/node/system-clock.js';
import { MAX_TIMER_MS, requireFunction, requireNumber, requireOptions } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import type { HttpPost } from '../ports/http-post.js';
import type { Random } from '../ports/random.js';
import type { Transport } from '../ports/transport.js';
import { AvatarService } from './avatar-service.js';
import type { LogEntry } from './context/emulator-log.js';
import type { EmulatorOptions } from './context/emulator-options.js';
import type { HeardRequest, ScriptedAnswer } from './context/heard.js';
import { resolveEmulatorOptions } from './context/resolve-emulator-options.js';
import type { ResolvedEmulatorOptions } from './context/resolve-emulator-options.js';
import type { InjectedFault } from './fault/fault-plan.js';
import type { Fault } from './fault/fault.js';
import { LoopbackServer } from './http/loopback-server.js';
import { MemoryNetwork } from './http/memory-network.js';

/**
 * Spread this into a session's options. The API key is public, the same in every copy of this package: it protects nothing, so use it for
 * no other service.
 */
export interface EmulatorCredentials {
  /** The API key of the first app. */
  readonly apiKey: string;
  /** The id of the first app. */
  readonly appId: string;
  /** The id of the first avatar. */
  readonly avatarId: string;
}

/**
 * The options with which a session connects to the emulator: spread them into its options. With a clock of the caller they also replace
 * sockets, time and randomness.
 */
export interface EmulatorSessionOptions extends EmulatorCredentials {
  /** The address for token requests. */
  readonly consoleEndpointUrl: string;
  /** The address of the WebSocket. */
  readonly ingressEndpointUrl: string;
  /**
   * With a `clock`: connects to the emulator in the same process.
   *
   * @default none without a `clock`
   */
  readonly transport?: Transport;
  /**
   * With a `clock`: asks the emulator in the same process for tokens.
   *
   * @default none without a `clock`
   */
  readonly httpPost?: HttpPost;
  /**
   * With a `clock`: that clock.
   *
   * @default none without a `clock`
   */
  readonly clock?: Clock;
  /**
   * With a `clock`: a random source that is seeded by the emulator and shared by the sessions.
   *
   * @default none without a `clock`
   */
  readonly random?: Random;
}

/** Carries requests to the service: over sockets, or as calls. */
interface Carrier {
  /** Host and port, once it listens. */
  readonly authority: string;
  listen(): Promise<void>;
  /** Resolves when all of its sockets and timers are closed. */
  stop(): Promise<void>;
}

/**
 * An avatar service on a loopback port: the token endpoint of the console and the WebSocket, without a network and without an account.
 * With the option `clock` it needs no port: service and sessions share that clock.
 *
 * @example
 * ```ts
 * const emulator = await AvatarEmulator.start({ faults: parseFaults('demo') });
 * const session = newAvatarSession(emulator.sessionOptions);
 * await emulator.stop();
 * ```
 */
export class AvatarEmulator {
  readonly #options: ResolvedEmulatorOptions;
  readonly #service: AvatarService;
  readonly #carrier: Carrier;
  readonly #onClock: Partial<EmulatorSessionOptions>;
  #stopped: Promise<void> | undefined;

  private constructor(options: EmulatorOptions) {
    this.#options = resolveEmulatorOptions(options);
    const { clock, seed } = this.#options;
    const service = new AvatarService(this.#options, clock ?? createSystemClock(), randomUUID);
    this.#service = service;
    if (clock === undefined) {
      const hostRefused = (detail: string): void => service.log.add({ event: 'hostRefused', detail });
      this.#carrier = new LoopbackServer(this.#options, service, hostRefused);
      this.#onClock = {};
      return;
    }
    const { latencyMs, maxMessageBytes } = this.#options;
    const network = new MemoryNetwork({ service, clock, latencyMs, maxMessageBytes });
    const { transport, httpPost } = network;
    this.#carrier = network;
    this.#onClock = { transport, httpPost, clock, random: createSeededRandom(-seed) };
  }

  /**
   * Starts a service. Without a `clock` it listens on a loopback port, and answers requests whose `Host` and `Origin` name a loopback
   * host, or one of `allowedHosts`; others get 403, so that a page in a browser can't use it. Wrong options reject with a TypeError or
   * RangeError before any I/O; a port that is in use rejects with the system's error.
   */
  static async start(options: EmulatorOptions = {}): Promise<AvatarEmulator> {
    const emulator = new AvatarEmulator(options);
    await emulator.#carrier.listen();
    return emulator;
  }

  /** `http://127.0.0.1:PORT/v1/console`; with a `clock` a host name that is never dialed. */
  get consoleEndpointUrl(): string {
    return `http://${this.#carrier.authority}/v1/console`;
  }

  /** `ws://127.0.0.1:PORT/v2/driveningress`; with a `clock` a host name that is never dialed. */
  get ingressEndpointUrl(): string {
    return `ws://${this.#carrier.authority}/v2/driveningress`;
  }

  /**
   * All options that a session needs: credentials, addresses, and with a `clock` also transport, HTTP client, clock and random source.
   *
   * @example
   * ```ts
   * const session = newAvatarSession({ ...emulator.sessionOptions, retry: 'interactive' });
   * ```
   */
  get sessionOptions(): EmulatorSessionOptions {
    const { credentials, consoleEndpointUrl, ingressEndpointUrl } = this;
    return { ...credentials, consoleEndpointUrl, ingressEndpointUrl, ...this.#onClock };
  }

  /** The credentials of the first app and avatar. */
  get credentials(): EmulatorCredentials {
    const { apps, avatars } = this.#options;
    return { apiKey: apps[0]?.apiKey ?? '', appId: apps[0]?.appId ?? '', avatarId: avatars[0] ?? '' };
  }

  /** Oldest first; grows while the service runs, up to `maxLogEntries`. Stays readable after `stop`. */
  get log(): readonly LogEntry[] {
    return this.#service.log.entries;
  }

  /**
   * The requests that the service has received, oldest first: up to `maxLogEntries` of them. A snapshot: it does not change afterwards.
   *
   * @example
   * ```ts
   * import assert from 'node:assert/strict';
   *
   * const [first] = emulator.heard;
   * assert.deepEqual(first?.audio, greeting); // and first.atMs, first.playedMs, first.interruptedAtMs
   * ```
   */
  get heard(): readonly HeardRequest[] {
    return this.#service.heard;
  }

  /**
   * Sets the answers of the next requests, one for each, after answers that were set before. A re-send counts as another request.
   * Requests without such an answer are answered according to the options. Throws TypeError or RangeError for a wrong answer.
   *
   * @example
   * ```ts
   * emulator.sayNext(
   *   { delayMs: 800 }, // the first one begins late
   *   { faults: [{ kind: 'reset', afterKeyframes: 10 }] }, // in the second one the connection breaks
   * );
   * ```
   */
  sayNext(...answers: readonly ScriptedAnswer[]): void {
    this.#service.sayNext(answers);
  }

  /** Entries that were dropped from the log because of `maxLogEntries`. */
  get droppedLogEntries(): number {
    return this.#service.log.droppedCount;
  }

  /** WebSockets whose TCP connection is open now. */
  get openSockets(): number {
    return this.#service.openSockets;
  }

  /** The largest number of them at the same time. */
  get peakOpenSockets(): number {
    return this.#service.peakOpenSockets;
  }

  /**
   * Adds a fault while the service runs, after those of the plan. A runtime fault also applies to the
   * sessions that are confirmed already, counting from now. Throws for a value that is no fault.
   */
  inject(fault: Fault): InjectedFault {
    return this.#service.inject(fault);
  }

  /**
   * Resolves with the first log entry that the predicate accepts, among existing and later entries. Rejects after `timeoutMs` (default
   * 5000) with the last entries in the message, and when the service is stopped.
   */
  waitFor<Found extends LogEntry>(
    predicate: (entry: LogEntry) => entry is Found,
    options?: { readonly timeoutMs?: number },
  ): Promise<Found>;
  waitFor(
    predicate: (entry: LogEntry) => boolean,
    options?: { readonly timeoutMs?: number },
  ): Promise<LogEntry>;
  waitFor(
    predicate: (entry: LogEntry) => boolean,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<LogEntry> {
    requireFunction('predicate', predicate);
    const { timeoutMs = 5_000 } = requireOptions('', options, ['timeoutMs']);
    const withinMs = requireNumber('timeoutMs', timeoutMs, { min: 0, max: MAX_TIMER_MS });
    const found = this.#service.log.waitFor(predicate, withinMs);
    found.catch(() => undefined); // An unhandled rejection must not end the process.
    return found;
  }

  /**
   * Closes every connection and frees the port; resolves when no socket and no timer is left, even if the time of the clock does not
   * advance: with a `clock` a session notices the end after `latencyMs`. May be called repeatedly.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  /** Stops the service, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #shutDown(): Promise<void> {
    const logged = this.#service.stop();
    await Promise.all([this.#carrier.stop(), logged]);
    this.#service.log.close();
  }
}
