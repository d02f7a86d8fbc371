/**
 * One outage: decides about the loss with which it begins, then dials until a connection is confirmed or the policy
 * ends the session. Every dial passes the connect gate first.
 */
import { ownMember } from '../../core/option/plain-object.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Decision } from '../../core/policy/decide.js';
import {
  dialLeftMs,
  outageLeftMs,
  stepLimitMs,
  attemptStarted,
  failureNoticed,
  latestAttempt,
  nextAttempt,
  retryDecided,
} from '../../core/policy/outage.js';
import type { Outage } from '../../core/policy/outage.js';
import { toDecidableFailure } from '../../core/policy/decidable-failure.js';
import type { DecidableFailure } from '../../core/policy/decidable-failure.js';
import { sleep } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { GateWait, FleetTurn, WaitCourse } from '../gate/dial-permits.js';
import type { DialPermit, EndpointLoss } from '../../ports/connect-gate.js';
import type { FleetMembership } from '../gate/fleet-membership.js';
import type { SessionGates } from '../gate/shared-gate.js';
import { waitForAdmission, DialPermits } from '../gate/dial-permits.js';
import type { Speech } from '../speech/speech.js';
import { DeadlinePassed } from '../../ports/end-signal.js';
import { dial, publishClosed } from './dial.js';
import { refusedBeforeDial } from './dial-request.js';
import type { DialLimits, DialHost, DialReasons } from './dial.js';
import { reportDecision, reportGateWait, decideAbout } from './decisions.js';
import { retryUntil } from './retry-until.js';
import type { ReconnectReporter } from './decisions.js';

/** The parts of a session that an outage needs. */
export interface OpenHost extends DialHost, ReconnectReporter {
  readonly speech: Pick<Speech, 'reconnecting'>;
  /** The gates that the next dial passes. */
  gates(): SessionGates;
  /** Undefined if the session shares nothing with other processes. */
  readonly fleet: FleetMembership | undefined;
}

/** A lost connection, and the failure of its loss. */
export interface Lost {
  readonly connection: LiveConnection;
  /** When the connection showed its last sign of life. */
  readonly atMs: number;
  readonly error: AvatarSDKError;
  /** The error that the application gets for it; undefined if it got one before, or gets none. */
  readonly emitted: AvatarSDKError | undefined;
}

/** How the next connection is opened: after a decision about `loss`, or at once if there is none to make. */
export interface Opening {
  readonly outage: Outage;
  /** The failure with which this outage begins or continues. */
  readonly loss: AvatarSDKError | undefined;
  readonly lost: Lost | undefined;
  /** The losses of other sessions at the same endpoint, as far as they are known. */
  readonly atEndpoint?: EndpointLoss | undefined;
}

export interface OpenedConnection {
  readonly connection: LiveConnection;
  readonly outage: Outage;
  /** The end of the connection is reported to this gate. */
  readonly pass: DialPermit;
}

/**
 * Rejects with the AvatarSDKError after which no further attempt was made, or with the reason of the host's signal;
 * then no socket is left.
 */
export function openConnection(host: OpenHost, opening: Opening): Promise<OpenedConnection> {
  return new OutageRun(host, opening).opened();
}

class OutageRun {
  readonly #host: OpenHost;
  readonly #opening: Opening;
  /** Aborted, with an AvatarSDKError, when the session ends. */
  readonly #signal: EndSignal;
  #outage: Outage;
  #tokenStale = false;
  #connection: LiveConnection | undefined;
  #permits: DialPermits | undefined;
  #latest: AvatarSDKError | undefined;
  #outOfTime: AvatarSDKError | undefined;
  /** Whether the application itself decided on the next dial: no limit of the outage applies to it. */
  #unlimited = false;

  constructor(host: OpenHost, opening: Opening) {
    this.#host = host;
    this.#opening = opening;
    this.#signal = host.signal;
    this.#outage = opening.outage;
  }

  /** The reasons for which the next dial asks for tokens. */
  get #reasons(): DialReasons {
    return this.#host.tokens.reasons(this.#opening.lost === undefined ? 'start' : 'reconnect');
  }

  async opened(): Promise<OpenedConnection> {
    const { loss } = this.#opening;
    const goesOn = (error: Error): Promise<boolean> => this.#goesOnAfter(error);
    try {
      if (loss !== undefined && !(await goesOn(loss))) throw loss;
      const connection = await retryUntil(() => this.#attempt(), goesOn);
      // Handles an abort that came just before the success.
      this.#signal.throwIfAborted();
      if (this.#permits === undefined) throw new Error('a connection was opened past the gate');
      return { connection, outage: this.#outage, pass: this.#permits.connection };
    } catch (error) {
      this.#permits?.left();
      if (this.#connection !== undefined) {
        await this.#connection.destroy();
        publishClosed(this.#host, this.#connection, undefined);
      }
      throw error;
    }
  }

  async #attempt(): Promise<LiveConnection> {
    const { lost } = this.#opening;
    const { context, tokens } = this.#host;
    const { policy, clock, options } = context;
    // The old socket is closed before the new one is opened: two open sockets would both be billed.
    if (lost !== undefined) await lost.connection.released;
    const limitMs = stepLimitMs(policy, nextAttempt(this.#outage), options.timeoutMs);
    const permits = new DialPermits(
      this.#host.gates(),
      (permit, reported) => this.#waitAtGate(permit, reported),
      limitMs,
      this.#fleetTurn,
    );
    this.#permits = permits;
    await permits.turn(() => tokens.needsRequest);
    const nowMs = clock.nowMs();
    const leftMs = this.#unlimited ? Infinity : dialLeftMs(policy, this.#outage, this.#latest?.code, nowMs);
    if (leftMs === 0) this.#endOutOfTime('the outage lasted too long: no time is left for another attempt');
    this.#outage = attemptStarted(this.#outage, nowMs);
    this.#tokenStale = false;
    this.#connection = await this.#dial(permits, { stepLimitMs: limitMs, endsAtMs: nowMs + leftMs });
    return this.#connection;
  }

  #dial(permits: DialPermits, limits: DialLimits): Promise<LiveConnection> {
    this.#host.lifecycle.move('dialStarted', this.#reasons.token);
    const refused = refusedBeforeDial(this.#host);
    if (refused === undefined) return this.#dialPrepared(permits, limits);
    return Promise.resolve(refused).then((error) => {
      if (error === undefined) return this.#dialPrepared(permits, limits);
      permits.left();
      throw error;
    });
  }

  #dialPrepared(permits: DialPermits, limits: DialLimits): Promise<LiveConnection> {
    const { lifecycle } = this.#host;
    const tokenObtained = (stale: boolean): void => {
      this.#tokenStale = stale;
      lifecycle.move('tokenObtained', 'a session token is there');
    };
    const { token, room } = this.#reasons;
    return dial(this.#host, {
      course: { attempt: latestAttempt(this.#outage), reason: token },
      roomReason: room,
      permits,
      limits,
      signal: this.#signal,
      tokenObtained,
    });
  }

  /** The turn of the next dial in the fleet, awaited no longer than the outage may last. */
  get #fleetTurn(): FleetTurn | undefined {
    const { fleet, lifecycle } = this.#host;
    const { telemetry } = lifecycle;
    return fleet === undefined
      ? undefined
      : {
          admitted: () =>
            fleet
              .admitted(
                this.#gateWait(
                  true,
                  'the coordinator of the fleet lets few dial at this endpoint',
                  (course) => telemetry.publish('fleetWait', () => course),
                ),
              )
              .catch(this.#gateFailed('the coordinator of the fleet let no dial through')),
          confirmed: () => fleet.confirmed(),
          failed: (failure) => fleet.failed(failure),
          left: () => fleet.left(),
        };
  }

  #waitAtGate(permit: DialPermit, reported: boolean): Promise<void> | undefined {
    const { telemetry } = this.#host.lifecycle;
    const gate = permit === this.#permits?.connection ? ('ingress' as const) : ('console' as const);
    const wait = this.#gateWait(
      reported,
      'other sessions fail at this endpoint, and the connect gate lets few dial',
      (course) => telemetry.publish('gateWait', () => ({ ...course, gate })),
    );
    return waitForAdmission(permit, wait)?.catch(this.#gateFailed('the connect gate let no dial through'));
  }

  /** @param others why the session waits if it has not failed itself */
  #gateWait(reported: boolean, others: string, published: (course: WaitCourse) => void): GateWait {
    const { policy, clock } = this.#host.context;
    const signal = this.#signal;
    signal.throwIfAborted();
    const leftMs = this.#unlimited
      ? Infinity
      : outageLeftMs(policy, this.#outage, this.#latest?.code, clock.nowMs());
    const onGateWait = (why: string, leastMs: number): void => {
      if (!reported) return;
      const shown = this.#host.errors.shown(why);
      reportGateWait(this.#host, this.#latest, this.#outage, { why: shown, leastMs, others });
    };
    const publish = (course: WaitCourse): void =>
      published({ ...course, reason: this.#host.errors.shown(course.reason) });
    return { clock, signal, leftMs, onGateWait, publish };
  }

  #gateFailed(what: string): (error: unknown) => never {
    return (error) => {
      if (!(error instanceof DeadlinePassed)) throw error;
      this.#endOutOfTime(`the outage lasted too long: ${what}`);
    };
  }

  #endOutOfTime(message: string): never {
    this.#outOfTime = this.#host.errors.gateTimeout(message, this.#latest);
    throw this.#outOfTime;
  }

  /** Whether another attempt follows; it resolves when that is due. */
  async #goesOnAfter(error: Error): Promise<boolean> {
    const { lost } = this.#opening;
    const signal = this.#signal;
    signal.throwIfAborted();
    if (!(error instanceof AvatarSDKError)) return false;
    this.#host.tokens.failed(error);
    const failure = this.#decidable(error);
    const decision = this.#decide(error, failure);
    this.#latest = error;
    // The decision called the application, which may have ended the session.
    signal.throwIfAborted();
    reportDecision(this.#host, error, decision, this.#outage, error === lost?.error ? lost.emitted : error);
    if (decision.action === 'retry') this.#host.speech.reconnecting();
    // The handlers of the report may have ended it as well.
    signal.throwIfAborted();
    if (decision.action === 'giveUp') return false;
    this.#unlimited = decision.source === 'application';
    this.#outage = retryDecided(this.#outage, failure);
    await sleep(this.#host.context.clock, decision.delayMs, signal);
    return true;
  }

  #decidable(error: AvatarSDKError): DecidableFailure {
    const { loss } = this.#opening;
    const atEndpoint = ownMember(this.#opening, 'atEndpoint');
    return toDecidableFailure(error, {
      tokenStale: this.#tokenStale,
      mintsRoomTokens: this.#host.context.mintsRoomTokens,
      ...(error === loss ? atEndpoint : undefined),
    });
  }

  #decide(error: AvatarSDKError, failure: DecidableFailure): Decision {
    if (error === this.#outOfTime) return { action: 'giveUp', reason: 'elapsed', why: error.message };
    const nowMs = this.#host.context.clock.nowMs();
    this.#outage = failureNoticed(this.#outage, failure, nowMs);
    const decision = decideAbout(this.#host, this.#outage, failure, nowMs);
    this.#permits?.decided(decision);
    return decision;
  }
}
