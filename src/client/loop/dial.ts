/**
 * One attempt: token → upgrade → handshake, each step within its time. It ends with a confirmed connection, or with one
 * AvatarSDKError and no socket. Whether another attempt follows is not known here.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Decision } from '../../core/policy/decide.js';
import { toDecidableFailure } from '../../core/policy/decidable-failure.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { LiveConnection } from '../connection/live-connection.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { DialPermit } from '../gate/dial-permit.js';
import type { FleetMembership } from '../gate/fleet-membership.js';
import type { SessionGates } from '../gate/shared-gate.js';
import { mustUseQueryAuth, upgradeRequest, encodedWithEgress, encodedWithoutEgress } from './dial-request.js';
import type { SessionContext } from '../options/session-context.js';
import { AWAKE_PARTS, Deadlines } from '../waiting/deadline.js';
import { isEvidence, requestStep, toDialFailure } from './dial-failure.js';
import type { DialStep } from './dial-failure.js';
import type { TokenStore } from './token-store.js';

/** What a dial needs from the session. */
export interface DialHost {
  readonly context: SessionContext;
  readonly tokens: TokenStore;
  readonly errors: SessionErrors;
}

export interface DialPlan {
  readonly reason: TokenReason;
  /** Admitted to the token; here they get to know how far the dial came. */
  readonly permits: DialPermits;
  readonly limits: DialLimits;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
  /** The phase `session_token` is through. */
  tokenObtained(stale: boolean): void;
}

/** Rejects with an AvatarSDKError, nothing else; the signal's reason is one. */
export async function dial(host: DialHost, plan: DialPlan): Promise<LiveConnection> {
  const { errors, tokens } = host;
  const { options } = host.context;
  const { reason, permits, signal } = plan;
  const { stepLimitMs, endsAtMs } = plan.limits;
  const { clock, timeoutMs } = options;
  let evidence = true as boolean;
  const deadlines = new Deadlines(clock, signal);
  const during = <T>(at: DialStep, step: (signal: LazySignal) => Promise<T>): Promise<T> => {
    const leftMs = Math.max(Math.ceil(endsAtMs - clock.nowMs()), 1);
    const limitMs = Math.min(stepLimitMs, leftMs);
    // With its ordinary time it was not cut: that it took longer is evidence.
    const limited = limitMs < timeoutMs ? { ...at, cut: true } : at;
    return deadlines.run(limitMs, step, AWAKE_PARTS, (error) => {
      evidence = isEvidence(error, limited);
      return toDialFailure(error, limited, errors);
    });
  };
  const connection = new LiveConnection(clock, errors.usesEgress);
  try {
    const { token, stale } = await during(requestStep(host.context), (stepSignal) =>
      tokens.take(reason, stepSignal),
    );
    permits.requested();
    errors.protect(token);
    plan.tokenObtained(stale);
    // Without egress there is nothing to wait for, and so nothing to bound.
    const configure = errors.usesEgress
      ? await during(CONFIGURE, (stepSignal) => configureEgress(host, reason, stepSignal))
      : encodedWithoutEgress(options);
    await permits.permit();
    await during(host.context.customTransport ? CUSTOM_UPGRADE : UPGRADE, (stepSignal) =>
      // A transport may be deaf to the signal: its late socket meets a connection that is over, and is terminated.
      upgrade(host.context, token, stepSignal, connection).then((socket) =>
        connection.opened(socket, configure),
      ),
    );
    await during(HANDSHAKE, () => connection.confirmed);
    connection.connectionId = errors.shownId(connection.connectionId);
    permits.confirmed();
    return connection;
  } catch (error) {
    // Before the socket is closed, which may take its time: others wait for the permit.
    if (error instanceof AvatarSDKError && !signal.aborted && evidence) permits.failed(error);
    else permits.left();
    // A failed attempt closes with a handshake. At the end of the session or of the outage's time nothing waits for the peer.
    const atOnce = signal.aborted || clock.nowMs() >= endsAtMs;
    await (atOnce ? connection.destroy() : connection.close());
    throw error;
  } finally {
    deadlines.end();
  }
}

function configureEgress(
  { context, errors }: DialHost,
  reason: TokenReason,
  signal: LazySignal,
): Promise<Uint8Array> {
  return encodedWithEgress(context.options, { reason, signal: abortSignalOf(signal) }, (secrets) =>
    errors.protect(secrets),
  );
}

function upgrade(
  { options, dial: dialTransport }: SessionContext,
  token: string,
  signal: LazySignal,
  sink: TransportSink,
): Promise<TransportConnection> {
  const { maxMessageBytes, transport, ingressEndpointUrl, appId, avatarId } = options;
  const useQueryAuth = options.useQueryAuth || mustUseQueryAuth(transport);
  const userAgent = transport.sendsHeaders ? options.userAgent : undefined;
  const { url, headers } = upgradeRequest({
    ingressEndpointUrl,
    appId,
    avatarId,
    token,
    useQueryAuth,
    userAgent,
  });
  return dialTransport({ url, headers, maxMessageBytes, signal }, sink);
}

const UPGRADE: DialStep = { phase: 'websocket_connect', step: 'upgrade' };
const CUSTOM_UPGRADE: DialStep = { ...UPGRADE, customTransport: true };
const HANDSHAKE: DialStep = { phase: 'websocket_connect', step: 'handshake' };
const CONFIGURE: DialStep = { ...HANDSHAKE, application: 'whole' };

/**
 * One dial's way through the connect gates of its two endpoints: its turn at the ingress, its turn in the fleet where there is one, the
 * permit for a token request at the console, the permit for the dial itself. While a function of the application runs it has no permit. What each endpoint answered is
 * reported to that endpoint's gate, and nothing else is.
 */

/** How long a dial may take, milliseconds. */
export interface DialLimits {
  /** Each of its steps; at least the session's `timeoutMs`. */
  readonly stepLimitMs: number;
  /** When the time of the outage is over, by the session's clock: no step goes on beyond it. */
  readonly endsAtMs: number;
}

/** Waits for an admission, where there is something to wait for; rejects with an AvatarSDKError. */
export type WaitAtGate = (pass: DialPermit, announced: boolean) => Promise<void> | undefined;

/** The session's turn among the dials of all processes; a `FleetMembership` with a bound for its wait. */
export interface FleetTurn extends Pick<FleetMembership, 'confirmed' | 'failed' | 'left'> {
  admitted(): Promise<void>;
}

export class DialPermits {
  readonly #wait: WaitAtGate;
  readonly #gates: SessionGates;
  readonly #stepLimitMs: number;
  readonly #ingress: DialPermit;
  readonly #fleet: FleetTurn | undefined;
  #request: DialPermit | undefined;
  /** The gate to which the failure was reported. */
  #failed: DialPermit | undefined;
  #announced = false;

  /**
   * @param stepLimitMs how long each step of the dial may take, milliseconds
   * @param fleet undefined where the session shares nothing with other processes
   */
  constructor(gates: SessionGates, wait: WaitAtGate, stepLimitMs: number, fleet?: FleetTurn) {
    this.#fleet = fleet;
    this.#gates = gates;
    this.#wait = wait;
    this.#stepLimitMs = stepLimitMs;
    this.#ingress = gates.ingress.enter(gates.dialEntry(stepLimitMs));
  }

  /** The permit of the connection that the dial becomes. */
  get connection(): DialPermit {
    return this.#ingress;
  }

  /** Resolves when the dial may begin with its token, for which it then has a permit if it `requests` one from the console. */
  async turn(requests: () => boolean): Promise<void> {
    const turn = this.#wait(this.#ingress, true);
    this.#announced = turn !== undefined;
    await turn;
    await this.#fleet?.admitted();
    const { console } = this.#gates;
    if (console === undefined || !requests()) return;
    this.#request = console.enter(this.#gates.requestEntry(this.#stepLimitMs));
    await this.#wait(this.#request, true);
  }

  /** The token is there. */
  requested(): void {
    this.#request?.confirmed();
    this.#request?.left();
    this.#request = undefined;
  }

  /** All that comes before the upgrade is done: resolves with the permit to dial; undefined where that is there at once. */
  permit(): Promise<void> | undefined {
    this.#ingress.prepared();
    return this.#wait(this.#ingress, !this.#announced);
  }

  confirmed(): void {
    this.#ingress.confirmed();
    this.#fleet?.confirmed();
  }

  /** The dial failed at the endpoint that it has a permit for; without one it is reported to no gate. */
  failed(error: AvatarSDKError): void {
    this.#failed = this.#request ?? this.#ingress;
    const failure = toDecidableFailure(error);
    this.#failed.failed(failure);
    if (this.#failed === this.#ingress) this.#fleet?.failed(failure);
    this.left();
  }

  /** What follows from the failure that was reported. */
  decided(error: AvatarSDKError, decision: Decision): void {
    const hinted = decision.action === 'retry' && decision.source === 'hint';
    this.#failed?.decided(toDecidableFailure(error), hinted ? decision.delayMs : undefined);
    this.#failed = undefined;
  }

  /** It is over, and was no evidence. */
  left(): void {
    this.#request?.left();
    this.#request = undefined;
    this.#ingress.left();
    this.#fleet?.left();
  }
}
