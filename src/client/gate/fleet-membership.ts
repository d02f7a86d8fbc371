/**
 * A session in a fleet: its lease, which it has from its first dial to its end, and its turn among the dials of all
 * processes. Asks the coordinator, waits as it answers, and reports to it how dials end. A coordinator that fails or
 * does not answer only delays a dial.
 */
import { messageOf } from '../../core/failure/error-record.js';
import { dialEvidence } from '../../core/gate/gate-belief.js';
import type { DecidableFailure } from '../../core/policy/decide.js';
import { isDrainNotice, usableHintMs } from '../../core/policy/delay.js';
import { sleep } from '../../ports/clock.js';
import type { Clock } from '../../ports/clock.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type {
  FleetCoordinator,
  FleetMember,
  FleetNews,
  FleetRequest,
  FleetWait,
  Lease,
} from '../../ports/fleet-coordinator.js';
import { DeadlinePassed } from '../../ports/end-signal.js';
import { AbortFlag, untilAborted, withDeadline } from '../waiting/deadline.js';
import { PublishedWait } from './dial-permits.js';
import type { GateWait } from './dial-permits.js';
import type { Lifecycle } from '../events/lifecycle.js';
import { BROKEN_WAIT_MS, isLease, waitOf } from './application-gate.js';
import { fleetEndpoint } from './shared-gate.js';

/** How long the end of a session waits for the release of its lease, milliseconds. */
const RELEASE_MS = 500;
const NO_WAIT = Promise.resolve(undefined);
const OVER = new Error('the session is over');
const LOST_ALREADY = 'the coordinator failed: it gave a lease that was lost already';

export interface FleetPlan {
  readonly coordinator: FleetCoordinator;
  readonly member: FleetMember;
  readonly clock: Clock;
  /** The time limit of each answer of the coordinator, milliseconds. */
  readonly timeoutMs: number;
  /** Returns the part of a coordinator's text that may be shown. */
  readonly shown: (text: string) => string;
  leaseChanged: Lifecycle['leaseChanged'];
}

/** What observers can see of the membership. */
export interface FleetGlance {
  readonly coordinator: FleetCoordinator;
  readonly member: FleetMember;
  readonly hasLease: boolean;
}

export class FleetMembership {
  readonly #plan: FleetPlan;
  readonly #end = new AbortFlag();
  #lease: Lease | undefined;
  /** The running request for a lease; undefined while there is none. */
  #acquiring: Promise<FleetWait | undefined> | undefined;
  /**
   * Whether the coordinator may keep state for this session that its end must release: a place in a line, or the probe.
   */
  #asked = false;
  /** Whether a dial is waiting, which requests a lease itself. */
  #dialWaits = false;
  #regaining = false;
  #regainAtMs = -Infinity;
  /** Since when the session has needed a lease without having one. */
  #wantsSinceMs = Infinity;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
  }

  glance(): FleetGlance {
    const { coordinator, member } = this.#plan;
    return { coordinator, member, hasLease: this.#lease !== undefined };
  }

  /** Resolves when the session may dial. Rejects with DeadlinePassed or the signal's reason. */
  async admitted(wait: GateWait): Promise<void> {
    const { clock } = this.#plan;
    const { signal, leftMs } = wait;
    const endsAtMs = clock.nowMs() + leftMs;
    let reported: PublishedWait | undefined;
    this.#dialWaits = true;
    try {
      for (;;) {
        signal.throwIfAborted();
        const answer = await untilAborted(this.#ask(signal, endsAtMs - clock.nowMs()), signal);
        if (answer === undefined) break;
        const { waitMs, reason } = answer;
        if (reported === undefined) {
          wait.onGateWait(reason, waitMs);
          reported = new PublishedWait(wait, reason, waitMs);
        }
        const untilEndMs = endsAtMs - clock.nowMs();
        await sleep(clock, Math.max(Math.min(waitMs, untilEndMs + 1), 0), signal);
        if (clock.nowMs() > endsAtMs) throw new DeadlinePassed(leftMs);
      }
      reported?.ended(true);
    } catch (error) {
      reported?.ended(false);
      this.left();
      throw error;
    } finally {
      this.#dialWaits = false;
    }
  }

  /** The dial was confirmed. */
  confirmed(): void {
    this.#publish({ kind: 'answered' });
  }

  /** The dial failed at the endpoint. */
  failed(failure: DecidableFailure): void {
    const { endpoint, hintOf } = dialEvidence(failure);
    if (endpoint === 'unreachable') this.#publish({ kind: 'unreachable' });
    else if (endpoint === 'refused') this.#publish({ kind: 'answered' });
    else this.left();
    const delayMs = usableHintMs(failure.retryAfterMs);
    if (hintOf !== undefined && delayMs !== undefined) this.#tell({ kind: 'hint', scope: hintOf, delayMs });
  }

  /** The wait or the dial was given up; no effect after its end. */
  left(): void {
    if (this.#asked) this.#publish({ kind: 'left' });
  }

  /** The connection is lost. */
  lost(closeCode: number | undefined): void {
    if (isDrainNotice(closeCode)) this.#tell({ kind: 'drain' });
  }

  /**
   * The session is over and has no socket. Resolves when the lease is released, or after a short time; never rejects.
   */
  async release(): Promise<void> {
    this.left();
    this.#end.abort(OVER);
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    const given = async (): Promise<void> => lease.release();
    await withDeadline(this.#plan.clock, RELEASE_MS, new AbortFlag(), given).catch(() => undefined);
    this.#plan.leaseChanged('released', 0);
  }

  async #ask(signal: EndSignal, leftMs: number): Promise<FleetWait | undefined> {
    const refused = await this.#acquire(signal, leftMs);
    if (refused !== undefined) return refused;
    const { coordinator } = this.#plan;
    this.#asked = true;
    const wait = await this.#answer(signal, leftMs, async (request) => {
      const answer: unknown = await coordinator.dial?.(request);
      return answer === undefined ? undefined : waitOf(answer, this.#plan.shown);
    });
    if (wait !== undefined || this.#lease !== undefined) return wait;
    return { waitMs: BROKEN_WAIT_MS, reason: 'the lease of the session was lost before its dial' };
  }

  /** Undefined if the session has a lease. */
  #acquire(signal: EndSignal, leftMs: number): Promise<FleetWait | undefined> {
    if (this.#lease !== undefined) return NO_WAIT;
    this.#wantsSinceMs = Math.min(this.#wantsSinceMs, this.#plan.clock.nowMs());
    return (this.#acquiring ??= this.#requestLease(signal, leftMs).finally(
      () => (this.#acquiring = undefined),
    ));
  }

  #requestLease(signal: EndSignal, leftMs: number): Promise<FleetWait | undefined> {
    const { coordinator } = this.#plan;
    this.#asked = true;
    return this.#answer(signal, leftMs, async (request) => {
      const answer: unknown = await coordinator.acquire(request);
      if (!isLease(answer)) return waitOf(answer, this.#plan.shown);
      // The dial was given up, or the session is over.
      if (request.signal.aborted || this.#end.aborted) {
        await answer.release();
        return undefined;
      }
      if (answer.lost.aborted) return { waitMs: BROKEN_WAIT_MS, reason: LOST_ALREADY };
      this.#hold(answer);
      this.#asked = this.#dialWaits;
      return undefined;
    });
  }

  #hold(lease: Lease): void {
    const onLost = (): void => {
      if (this.#lease !== lease) return;
      this.#lease = undefined;
      this.#plan.leaseChanged('lost', 0);
      if (!this.#regaining) void this.#regain();
    };
    lease.lost.addEventListener('abort', onLost, { once: true });
    this.#lease = lease;
    const waitedMs = this.#plan.clock.nowMs() - this.#wantsSinceMs;
    this.#wantsSinceMs = Infinity;
    this.#plan.leaseChanged(this.#regaining ? 'regained' : 'acquired', waitedMs);
  }

  /** Gets a new lease for a connected session: it counts at the service, so it must count in the fleet. */
  async #regain(): Promise<void> {
    const { clock } = this.#plan;
    this.#regaining = true;
    const sinceLastMs = clock.nowMs() - this.#regainAtMs;
    try {
      if (sinceLastMs < BROKEN_WAIT_MS) await sleep(clock, BROKEN_WAIT_MS - sinceLastMs, this.#end);
      this.#regainAtMs = clock.nowMs();
      for (;;) {
        const wait = this.#dialWaits ? undefined : await this.#acquire(this.#end, Infinity);
        if (this.#lease !== undefined) {
          this.#regaining = false;
          return;
        }
        await sleep(clock, wait?.waitMs ?? BROKEN_WAIT_MS, this.#end);
      }
    } catch {
      // The session is over.
    }
  }

  /** The interpreted answer; a wait if there is no answer. Rejects with the signal's reason. */
  async #answer(
    signal: EndSignal,
    leftMs: number,
    call: (request: FleetRequest) => Promise<FleetWait | undefined>,
  ): Promise<FleetWait | undefined> {
    const { clock, timeoutMs, member } = this.#plan;
    try {
      return await withDeadline(
        clock,
        Math.max(Math.min(timeoutMs, leftMs + 1), 1),
        signal,
        (limited: LazySignal) => call({ ...member, signal: abortSignalOf(limited) }),
      );
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof DeadlinePassed ? `no answer within ${timeoutMs} ms` : messageOf(error);
      return { waitMs: BROKEN_WAIT_MS, reason: this.#plan.shown(`the coordinator failed: ${why}`) };
    }
  }

  #publish(news: FleetNews): void {
    this.#asked = false;
    this.#tell(news);
  }

  #tell(news: FleetNews): void {
    const { coordinator, member } = this.#plan;
    // Errors of the coordinator are ignored here, also those of an asynchronous function.
    try {
      const told: unknown = coordinator.publish?.(member, news);
      Promise.resolve(told).catch(() => undefined);
    } catch {
      // Ignored as well.
    }
  }
}

/** The options of a session that are used here. */
interface FleetOptions {
  readonly coordinator: FleetCoordinator | undefined;
  readonly ingressEndpointUrl: string;
  readonly appId: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

export interface FleetSession {
  readonly errors: { shown(text: string): string };
  readonly lifecycle: Pick<Lifecycle, 'leaseChanged'>;
}

/** Undefined without a coordinator. Sends no request yet. */
export function joinFleet(options: FleetOptions, session: FleetSession): FleetMembership | undefined {
  const { coordinator, ingressEndpointUrl, appId: account, clock, timeoutMs } = options;
  if (coordinator === undefined) return undefined;
  const endpoint = fleetEndpoint(ingressEndpointUrl);
  return new FleetMembership({
    coordinator,
    member: { endpoint, account, sessionId: crypto.randomUUID() },
    clock,
    timeoutMs,
    shown: (text) => session.errors.shown(text),
    leaseChanged: (...changed) => session.lifecycle.leaseChanged(...changed),
  });
}
