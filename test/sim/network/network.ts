/**
 * The simulated network between the sessions of a world and its service. It provides the transport and the
 * HTTP client of a session. Decides how a request ends; does not read requests or answers.
 */
import { gatewayPage } from '../../../src/emulator/fault/fault.js';
import type { GatewayPage } from '../../../src/emulator/fault/fault.js';
import type { AvatarService } from '../../../src/emulator/avatar-service.js';
import type { Transport } from '../../../src/index.js';
import type { HttpPost } from '../../../src/ports/http-post.js';
import type { Chronicle } from '../world/chronicle.js';
import { Draws } from '../world/draws.js';
import type { WorldTime } from '../world/world-time.js';
import { Dial } from './dial.js';
import { Post } from './post.js';
import type { Climate, ConnectionFate } from './weather.js';
import type { WireLink } from './wire-link.js';

/** The faults of each request, by its number from 1. */
export type Fates = ReadonlyMap<number, readonly ConnectionFate[]>;

/** The part of the service that the network calls. */
export type NetworkService = Pick<AvatarService, 'token' | 'upgrade'>;

export interface NetworkOptions {
  readonly time: WorldTime;
  readonly seed: number;
  readonly climate: Climate;
  readonly service: NetworkService;
  readonly chronicle: Chronicle;
  readonly dialFates: Fates;
  readonly postFates: Fates;
  /** Whether refusals contain the credentials that they refuse. */
  readonly echoesSecrets: boolean;
  /** Whether the chronicle records the end of each request when it is sent. */
  readonly notesEnds: boolean;
}

export class Network {
  readonly options: NetworkOptions;
  readonly links = new Set<WireLink>();
  /** Draws the delays of requests that have no connection yet. */
  readonly draws: Draws;
  /** The number of open sockets of the clients. */
  openSockets = 0;
  /** The number of unfinished requests of the clients. */
  openRequests = 0;
  #dials = 0;
  #posts = 0;
  #arrivedUpgrades = 0;
  #downUntilMs = 0;
  #frozenUntilMs = 0;
  #gateway: { readonly page: GatewayPage; readonly untilMs: number } | undefined;

  constructor(options: NetworkOptions) {
    this.options = options;
    this.draws = new Draws(options.seed, 'requests');
  }

  get isDown(): boolean {
    return this.options.time.nowMs < this.#downUntilMs;
  }

  transportOf(session: number): Transport {
    return {
      name: 'simulated',
      sendsHeaders: true,
      dial: (request, sink) => {
        this.#dials += 1;
        const fates = this.options.dialFates.get(this.#dials) ?? [];
        return new Dial({ network: this, session, socket: this.#dials, fates, request, sink }).opened;
      },
    };
  }

  /** @param byProvider the application itself sends the request, and the session never gets the answer */
  httpPostOf(session: number, byProvider = false): HttpPost {
    return (request) => {
      this.#posts += 1;
      const fates = this.options.postFates.get(this.#posts) ?? [];
      return new Post({ network: this, session, byProvider, fates, request }).answered;
    };
  }

  /** The network is down: open connections are cut, and new ones fail. */
  goDown(durationMs: number): void {
    this.#downUntilMs = Math.max(this.#downUntilMs, this.options.time.nowMs + durationMs);
    for (const link of this.links) if (link.client !== undefined) link.cut('both');
  }

  /**
   * A proxy between client and service stops forwarding. No connection is cut, and everything that was sent
   * arrives afterwards.
   */
  freeze(durationMs: number): void {
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, this.options.time.nowMs + durationMs);
    for (const link of this.links) link.fallSilent(durationMs);
  }

  /** How long a request that arrives now waits until it is read. */
  get frozenForMs(): number {
    return Math.max(this.#frozenUntilMs - this.options.time.nowMs, 0);
  }

  /** A gateway answers in place of the service. This affects only new connections, unless `cuts` is true. */
  answerInFront(status: number, durationMs: number, cuts: boolean, json: boolean): void {
    this.#gateway = { page: gatewayPage(status, { json }), untilMs: this.options.time.nowMs + durationMs };
    if (cuts) this.goDown(0);
  }

  /** The page that a gateway answers now in place of the service; undefined without a gateway. */
  answerOf(session: number): GatewayPage | undefined {
    const gateway = this.#gateway;
    if (gateway === undefined || this.options.time.nowMs >= gateway.untilMs) return undefined;
    this.options.chronicle.add({ kind: 'gatewayAnswered', session, status: gateway.page.status });
    return gateway.page;
  }

  /** The service's number of the upgrade request that arrives now. */
  nextConnection(): number {
    this.#arrivedUpgrades += 1;
    return this.#arrivedUpgrades;
  }

  travelMs(): number {
    const { latencyMs, jitterMs } = this.options.climate;
    return latencyMs + this.draws.next() * jitterMs;
  }
}
