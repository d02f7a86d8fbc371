/**
 * Which sessions share a connect gate: by default those of one endpoint in the whole process, otherwise those that were given the same
 * object. Finds the gates of a session, and drops those without state. Must not know how a gate decides.
 */
import { DEFAULT_GATE_NUMBERS } from '../../core/gate/gate-health.js';
import { detached, memoizeLastAddress, oneForEach } from '../../core/memory/collections.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { ConnectGate, DialGate, GateEndpoint, GateEntry } from '../../ports/connect-gate.js';
import { NO_GATE, guardedGate } from './application-gate.js';
import { EndpointGate } from './endpoint-gate.js';

/** The gates of the sessions of one process. It has no timer and no socket while no dial waits, and need not be closed. */
export class SharedGate implements ConnectGate {
  /** Gates by clock and by the name of the endpoint. Sessions in virtual time do not share gates with those of another clock. */
  readonly #byClock = new WeakMap<Clock, Map<string, EndpointGate>>();

  /** A gate without state is replaced by a new one. */
  endpoint(clock: Clock, endpoint: GateEndpoint): DialGate {
    let endpoints = this.#byClock.get(clock);
    if (endpoints === undefined) {
      endpoints = new Map();
      this.#byClock.set(clock, endpoints);
    }
    const known = endpoints.get(endpoint.name);
    if (known !== undefined) return known;
    for (const [other, gate] of endpoints) if (gate.isIdle) endpoints.delete(other);
    const gate = new EndpointGate(clock, endpoint.shownName);
    endpoints.set(endpoint.name, gate);
    return gate;
  }
}

/** The gate of every session without the option `connectGate`. */
const PROCESS_GATE = new SharedGate();

/**
 * A gate for the sessions that get it as `connectGate`, separate from that of the process.
 *
 * @example
 * ```ts
 * const session = newAvatarSession({ ...options, connectGate: createConnectGate() });
 * ```
 */
export function createConnectGate(): ConnectGate {
  const gate = new SharedGate();
  OWN_GATES.add(gate);
  return gate;
}

const guarded = oneForEach(guardedGate);

const OWN_GATES = new WeakSet<ConnectGate>([PROCESS_GATE]);

/**
 * The option `connectGate`; undefined for sessions without a gate. A gate of the application is wrapped. Throws TypeError for any other
 * value.
 */
export function resolveConnectGate(value: unknown): ConnectGate | undefined {
  if (value === undefined) return PROCESS_GATE;
  if (value === false) return undefined;
  if (!isConnectGate(value)) {
    throw new TypeError(
      `connectGate must be false, made by createConnectGate(), or an object with the method endpoint, got ${kindOf(value)}`,
    );
  }
  return OWN_GATES.has(value) ? value : guarded(value);
}

/** False also if reading the member throws. */
function isConnectGate(value: unknown): value is ConnectGate {
  try {
    return (
      typeof value === 'object' && value !== null && typeof (value as ConnectGate).endpoint === 'function'
    );
  } catch {
    return false;
  }
}

/** @param agent makes the sockets, if the application gave one: it may use a proxy */
export function ingressEndpoint(address: string, agent: object | undefined): GateEndpoint {
  return keptIngress(address, wayOf(agent));
}

/** Like `ingressEndpoint`. */
export function consoleEndpoint(address: string, agent: object | undefined): GateEndpoint {
  return keptConsole(address, wayOf(agent));
}

// Kept by a name of the route: the agent itself may contain the credentials of a proxy.
const keptIngress = memoizeLastAddress((address: string, way: string) => endpointOf('ingress', address, way));
const keptConsole = memoizeLastAddress((address: string, way: string) => endpointOf('console', address, way));

const AGENTS = new WeakMap<object, number>();
let agents = 0;

/** A name of the route, because sockets of two agents may fail for different reasons. */
function wayOf(agent: object | undefined): string {
  if (agent === undefined) return 'directly';
  const number = AGENTS.get(agent) ?? (agents += 1);
  AGENTS.set(agent, number);
  return `by agent ${number}`;
}

/** The name of an endpoint in a fleet, without parts of the address that may be secret. */
export function fleetEndpoint(address: string): string {
  if (!URL.canParse(address)) return 'unknown';
  const { protocol, host, pathname } = new URL(address);
  const secure = protocol === 'https:' || protocol === 'wss:';
  return detached(`${secure ? 'wss' : 'ws'}://${host}${pathname.replace(/\/+$/, '')}`);
}

/** Leaves out the parts of the address that may be secret: its query and its user. */
function endpointOf(kind: 'ingress' | 'console', address: string, way: string): GateEndpoint {
  if (!URL.canParse(address)) return { name: `${kind} ${address} ${way}`, shownName: kind };
  const { protocol, host, pathname } = new URL(address);
  const secure = protocol === 'https:' || protocol === 'wss:';
  const place = `${host}${pathname.replace(/\/+$/, '')}`;
  return {
    name: detached(`${kind} ${secure ? 'secure' : 'plain'} ${place} ${way}`),
    shownName: detached(`${kind} ${host}`),
  };
}

/** The options of a session that are used here. */
export interface GatedOptions {
  readonly connectGate: ConnectGate | undefined;
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
  /** Present if the application mints the tokens. */
  readonly tokenProvider: unknown;
  readonly agent: object | undefined;
  readonly account: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The connect gates of one session's endpoints, and how it joins them: the ingress for its dials, the console for its token requests. If
 * the application mints the tokens, the console is not used and has no gate.
 */
export class SessionGates {
  readonly #options: GatedOptions;
  readonly #customPost: boolean;

  /** @param customPost whether `httpPost` is the application's own function */
  constructor(options: GatedOptions, customPost: boolean) {
    this.#options = options;
    this.#customPost = customPost;
  }

  /** Looked up for every dial, as gates without state are replaced. */
  get ingress(): DialGate {
    const { connectGate, clock, ingressEndpointUrl, agent } = this.#options;
    return connectGate?.endpoint(clock, ingressEndpoint(ingressEndpointUrl, agent)) ?? NO_GATE;
  }

  /** Undefined if the application mints the tokens. */
  get console(): DialGate | undefined {
    const { connectGate, clock, consoleEndpointUrl, tokenProvider, agent } = this.#options;
    if (tokenProvider !== undefined) return undefined;
    return connectGate?.endpoint(clock, consoleEndpoint(consoleEndpointUrl, agent)) ?? NO_GATE;
  }

  /**
   * The entry of a dial: token and egress come before its permit, upgrade and handshake after it. Each of these steps has `stepLimitMs`.
   */
  dialEntry(stepLimitMs: number): GateEntry {
    const { random, account } = this.#options;
    return { random, account, prepares: true, leaseMs: 2 * stepLimitMs };
  }

  /** The entry of a token request. If a function of the application posts it, others wait for it only as long as for a preparation. */
  requestEntry(stepLimitMs: number): GateEntry {
    const { random, account } = this.#options;
    const leaseMs = this.#customPost ? DEFAULT_GATE_NUMBERS.prepareMs : stepLimitMs;
    return { random, account, prepares: false, leaseMs };
  }
}
