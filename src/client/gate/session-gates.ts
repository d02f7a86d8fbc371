/**
 * The connect gates of one session's endpoints, and how it joins them: the ingress for its dials, the console for its token requests.
 * Where the application mints the tokens, the console is not asked, and has no gate.
 */
import { DEFAULT_GATE_NUMBERS } from '../../core/gate/gate-health.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { DialGate, DialPermit, GateEntry } from './dial-permit.js';
import { consoleEndpoint, ingressEndpoint } from './shared-gate.js';
import type { SharedGate } from './shared-gate.js';

/** What of a session's options matters here. */
export interface GatedOptions {
  readonly connectGate: SharedGate | undefined;
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
  /** Present where the application mints the tokens. */
  readonly tokenProvider: unknown;
  readonly agent: object | undefined;
  readonly account: string;
  readonly clock: Clock;
  readonly random: Random;
}

export class SessionGates {
  readonly #options: GatedOptions;
  readonly #customPost: boolean;

  /** @param customPost whether `httpPost` is the application's own function */
  constructor(options: GatedOptions, customPost: boolean) {
    this.#options = options;
    this.#customPost = customPost;
  }

  /** Asked anew for every dial, as the gates are. */
  get ingress(): DialGate {
    const { connectGate, clock, ingressEndpointUrl, agent } = this.#options;
    return connectGate?.endpoint(clock, ingressEndpoint(ingressEndpointUrl, agent)) ?? NO_GATE;
  }

  /** Undefined where the application mints the tokens. */
  get console(): DialGate | undefined {
    const { connectGate, clock, consoleEndpointUrl, tokenProvider, agent } = this.#options;
    if (tokenProvider !== undefined) return undefined;
    return connectGate?.endpoint(clock, consoleEndpoint(consoleEndpointUrl, agent)) ?? NO_GATE;
  }

  /** A dial: the token and the egress come before its permit, upgrade and handshake after it. Each of them has `stepLimitMs`. */
  dialEntry(stepLimitMs: number): GateEntry {
    const { random, account } = this.#options;
    return { random, account, prepares: true, leaseMs: 2 * stepLimitMs };
  }

  /** A token request. While a function of the application posts it, others wait for it no longer than for a preparation. */
  requestEntry(stepLimitMs: number): GateEntry {
    const { random, account } = this.#options;
    const leaseMs = this.#customPost ? DEFAULT_GATE_NUMBERS.prepareMs : stepLimitMs;
    return { random, account, prepares: false, leaseMs };
  }
}

/** `connectGate: false`: every dial may begin, and nobody learns from anybody. */
const nothing = (): undefined => undefined;

const PASS: DialPermit = {
  admission: undefined,
  prepared: nothing,
  confirmed: nothing,
  failed: nothing,
  decided: nothing,
  lost: nothing,
  left: nothing,
  whyWaiting: () => ({ why: 'nothing is waited for', leastMs: 0 }),
};

const NO_GATE: DialGate = {
  status: { level: 'healthy', waiting: 0, inFlight: 0, limit: Infinity },
  register: nothing,
  unregister: nothing,
  enter: () => PASS,
  answered: nothing,
  resendInMs: () => 0,
};
