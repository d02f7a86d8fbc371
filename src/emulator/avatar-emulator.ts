/**
 * The embedded avatar service: one loopback port that speaks the console's token endpoint and the drive-ingress WebSocket.
 * Owns its life, from `start` to a stop that leaves nothing behind; the behaviour is in the parts.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createSeededRandom } from '../adapters/seeded-random.js';
import { MAX_TIMER_MS, requireFunction, requireNumber } from '../core/option/option-check.js';
import { CreditMeter } from './credit-meter.js';
import type { EmulatorContext } from './emulator-context.js';
import { EmulatorLog } from './emulator-log.js';
import { resolveEmulatorOptions, type EmulatorOptions } from './emulator-options.js';
import type { Fault } from './fault.js';
import { checkFault } from './fault-check.js';
import { FaultPlan, type InjectedFault } from './fault-plan.js';
import type { LogEntry } from './log-entry.js';
import { TimerSet } from './timer-set.js';
import { serveHttp } from './token-endpoint.js';
import { TokenStore } from './token-store.js';
import { UpgradeEndpoint } from './upgrade-endpoint.js';

/** What a session's configuration needs; spread it in. */
export interface EmulatorCredentials {
  readonly apiKey: string;
  readonly appId: string;
  readonly avatarId: string;
}

export class AvatarEmulator {
  readonly #context: EmulatorContext;
  readonly #server: Server;
  readonly #upgrades: UpgradeEndpoint;
  readonly #tcpSockets = new Set<Socket>();
  #authority = '';
  #stopped: Promise<void> | undefined;

  private constructor(options: EmulatorOptions) {
    const resolved = resolveEmulatorOptions(options);
    const timers = new TimerSet();
    const random = createSeededRandom(resolved.seed);
    this.#context = {
      options: resolved,
      log: new EmulatorLog(resolved.maxLogEntries),
      plan: new FaultPlan(resolved.faults, random),
      random,
      tokens: new TokenStore(resolved.singleUseTokens),
      credits: new CreditMeter(resolved.creditMs, timers),
      timers,
    };
    this.#upgrades = new UpgradeEndpoint(this.#context);
    this.#server = createServer((request, response) => serveHttp(this.#context, request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrades.upgrade(request, socket, head));
    this.#server.on('connection', (socket) => {
      this.#tcpSockets.add(socket);
      socket.once('close', () => this.#tcpSockets.delete(socket));
    });
  }

  /**
   * Starts a service on a loopback port. Wrong options reject with a TypeError or RangeError before any I/O; a port that is
   * taken rejects with the system's error.
   */
  static async start(options: EmulatorOptions = {}): Promise<AvatarEmulator> {
    const emulator = new AvatarEmulator(options);
    await emulator.#listen();
    return emulator;
  }

  /** `http://127.0.0.1:PORT/v1/console` */
  get consoleEndpointUrl(): string {
    return `http://${this.#authority}/v1/console`;
  }

  /** `ws://127.0.0.1:PORT/v2/driveningress` */
  get ingressEndpointUrl(): string {
    return `ws://${this.#authority}/v2/driveningress`;
  }

  /** Of the first app and avatar. */
  get credentials(): EmulatorCredentials {
    const { apps, avatars } = this.#context.options;
    return { apiKey: apps[0]?.apiKey ?? '', appId: apps[0]?.appId ?? '', avatarId: avatars[0] ?? '' };
  }

  /** Oldest first; grows while the service runs, up to `maxLogEntries`. Stays readable after `stop`. */
  get log(): readonly LogEntry[] {
    return this.#context.log.entries;
  }

  get droppedLogEntries(): number {
    return this.#context.log.droppedCount;
  }

  /** WebSockets whose TCP connection is open now. */
  get openSockets(): number {
    return this.#upgrades.openCount;
  }

  /** The most that were open at the same time. */
  get peakOpenSockets(): number {
    return this.#upgrades.peakCount;
  }

  /**
   * Adds a fault while the service runs, after those of the plan. A runtime fault also threatens the sessions that are
   * confirmed already, counting from now. Throws for a value that is no fault.
   */
  inject(fault: Fault): InjectedFault {
    const slot = this.#context.plan.add(checkFault('fault', fault));
    this.#upgrades.inject(slot);
    return {
      get firedCount() {
        return slot.firedCount;
      },
      remove: () => {
        slot.removed = true;
      },
    };
  }

  /**
   * Resolves with the first log entry that the predicate accepts, already written or still to come. Rejects after
   * `timeoutMs` (default 5000) with the last entries in the message, and when the service is stopped.
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
    { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<LogEntry> {
    requireFunction('predicate', predicate);
    requireNumber('timeoutMs', timeoutMs, { min: 0, max: MAX_TIMER_MS });
    const found = this.#context.log.waitFor(predicate, timeoutMs);
    found.catch(() => undefined); // A wait that nobody looks at must not end the process.
    return found;
  }

  /** Destroys every connection and frees the port; resolves when no socket and no timer is left. Repeating is harmless. */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#context.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const { address, family, port: boundPort } = this.#server.address() as AddressInfo;
    this.#authority = family === 'IPv6' ? `[${address}]:${boundPort}` : `${address}:${boundPort}`;
  }

  async #shutDown(): Promise<void> {
    this.#context.timers.cancelAll();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const lastSaid = this.#upgrades.stop();
    for (const socket of this.#tcpSockets) socket.destroy();
    await Promise.all([closed, lastSaid]);
    this.#context.log.close();
  }
}
