/**
 * A connect gate of the application, and the answers of a coordinator, which may be the application's. Errors of the gate's methods, and
 * invalid answers, become a process warning, and the dial continues as without a gate. Must not know how a gate decides.
 */
import { isThenable, onRejection } from '../../core/option/plain-object.js';
import { kindOf } from '../../core/option/shown-value.js';
import type {
  ConnectGate,
  DialGate,
  DialPermit,
  EndpointLoss,
  GateEndpoint,
} from '../../ports/connect-gate.js';
import type { Clock } from '../../ports/clock.js';
import type { FleetWait, Lease } from '../../ports/fleet-coordinator.js';
import { warnOfHandler } from '../events/process-warnings.js';
import { thrownStack } from '../waiting/deferred.js';

const nothing = (): undefined => undefined;
const NO_WAIT = { why: 'it does not wait', leastMs: 0 };

const FREE_PERMIT: DialPermit = {
  admission: undefined,
  prepared: nothing,
  confirmed: nothing,
  failed: nothing,
  decided: nothing,
  lost: nothing,
  left: nothing,
  whyWaiting: () => NO_WAIT,
};

/** The gate for `connectGate: false`: every dial may begin at once, and sessions share nothing. */
export const NO_GATE: DialGate = {
  register: nothing,
  unregister: nothing,
  enter: () => FREE_PERMIT,
  answered: nothing,
  resendInMs: () => 0,
};

/** The longest reason of a wait that is shown, characters; the rest is cut. */
const MAX_WHY_CHARACTERS = 256;

export function guardedGate(gate: ConnectGate): ConnectGate {
  return { endpoint: (clock, endpoint) => new GateGuard(gate, clock).gate(endpoint) };
}

class GateGuard {
  readonly #gate: ConnectGate;
  readonly #clock: Clock;

  constructor(gate: ConnectGate, clock: Clock) {
    this.#gate = gate;
    this.#clock = clock;
  }

  gate(endpoint: GateEndpoint): DialGate {
    const inner = this.#answer(
      () => this.#gate.endpoint(this.#clock, endpoint),
      (answer) => requireObject('endpoint', answer) as DialGate,
      NO_GATE,
    );
    return {
      register: () => this.#tell(() => inner.register()),
      unregister: () => this.#tell(() => inner.unregister()),
      enter: (entry) =>
        this.#permit(
          this.#answer(
            () => inner.enter(entry),
            (answer) => requireObject('enter', answer) as DialPermit,
            FREE_PERMIT,
          ),
        ),
      answered: () => this.#tell(() => inner.answered()),
      resendInMs: (account) =>
        this.#answer(
          () => inner.resendInMs(account),
          (answer) => requireMs('resendInMs', answer),
          0,
        ),
    };
  }

  #permit(inner: DialPermit): DialPermit {
    const admission = (): Promise<void> | undefined =>
      this.#answer(
        () => inner.admission,
        (answer) => (answer === undefined || answer === null ? undefined : this.#awaited(answer)),
        undefined,
      );
    return {
      get admission() {
        return admission();
      },
      prepared: () => this.#tell(() => inner.prepared()),
      confirmed: () => this.#tell(() => inner.confirmed()),
      failed: (failure) => this.#tell(() => inner.failed(failure)),
      decided: (failure, hintedDelayMs) => this.#tell(() => inner.decided(failure, hintedDelayMs)),
      lost: (failure) => this.#answer(() => inner.lost(failure), requireLoss, undefined),
      left: () => this.#tell(() => inner.left()),
      whyWaiting: () => this.#answer(() => inner.whyWaiting(), requireWait, NO_WAIT),
    };
  }

  /** Waits for the admission. Never rejects. */
  async #awaited(admission: unknown): Promise<void> {
    try {
      if (!isThenable(admission))
        throw new TypeError(`admission must be a promise or undefined, got ${kindOf(admission)}`);
      await admission;
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Calls a method whose result is ignored; a rejection of it is handled. */
  #tell(call: () => unknown): undefined {
    this.#answer(call, (answer) => onRejection(answer, (error) => this.#warn(error)), undefined);
    return undefined;
  }

  #answer<Answer>(call: () => unknown, read: (answer: unknown) => Answer, otherwise: Answer): Answer {
    try {
      return read(call());
    } catch (error) {
      this.#warn(error);
      return otherwise;
    }
  }

  #warn(error: unknown): void {
    const describe = (): string => `connectGate of an avatar session failed: ${thrownStack(error)}`;
    warnOfHandler({ owner: this.#gate, what: 'connectGate', nowMs: this.#clock.nowMs(), describe });
  }
}

type Answered<Name extends string> = Readonly<Partial<Record<Name, unknown>>>;

function requireObject(what: string, answer: unknown): object {
  if (isThenable(answer)) {
    onRejection(answer, nothing);
    throw new TypeError(`${what} must answer at once, got a promise`);
  }
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new TypeError(`${what} must answer with an object, got ${kindOf(answer)}`);
}

function requireMs(what: string, answer: unknown): number {
  if (typeof answer === 'number' && answer >= 0 && answer < Infinity) return answer;
  throw new TypeError(`${what} must be a finite number of at least 0, got ${kindOf(answer)}`);
}

function requireWait(answer: unknown): { readonly why: string; readonly leastMs: number } {
  const { why, leastMs } = requireObject('whyWaiting', answer) as Answered<'why' | 'leastMs'>;
  if (typeof why !== 'string') throw new TypeError(`whyWaiting().why must be a string, got ${kindOf(why)}`);
  return { why: why.slice(0, MAX_WHY_CHARACTERS), leastMs: requireMs('whyWaiting().leastMs', leastMs) };
}

function requireLoss(answer: unknown): EndpointLoss | undefined {
  if (answer === undefined || answer === null) return undefined;
  const { drainedSessions, isLone } = requireObject('lost', answer) as Answered<'drainedSessions' | 'isLone'>;
  return {
    ...(drainedSessions === undefined
      ? {}
      : { drainedSessions: requireMs('drainedSessions', drainedSessions) }),
    isLone: isLone === true,
  };
}

/** Bounds of a coordinator's wait, whatever the coordinator answers, milliseconds. */
const WAIT_MS = { least: 5, most: 60_000 };
/** The wait after a call that failed or was not answered, and between two leases that were lost at once, milliseconds. */
export const BROKEN_WAIT_MS = 1_000;

/** Whether a coordinator has granted a lease. */
export function isLease(answer: unknown): answer is Lease {
  const { lost, release } = Object(answer) as Partial<Record<keyof Lease, unknown>>;
  const { aborted, addEventListener } = Object(lost) as Partial<Record<keyof AbortSignal, unknown>>;
  return (
    typeof release === 'function' && typeof aborted === 'boolean' && typeof addEventListener === 'function'
  );
}

/** A wait within bounds, or a failure of the coordinator. @param shown returns the part of a reason that may be shown */
export function waitOf(answer: unknown, shown: (text: string) => string): FleetWait {
  const { waitMs, reason } = Object(answer) as Partial<Record<keyof FleetWait, unknown>>;
  if (typeof waitMs !== 'number' || Number.isNaN(waitMs)) {
    return { waitMs: BROKEN_WAIT_MS, reason: 'the coordinator failed: it gave neither a lease nor a wait' };
  }
  const bounded = Math.min(Math.max(waitMs, WAIT_MS.least), WAIT_MS.most);
  return { waitMs: bounded, reason: typeof reason === 'string' ? shown(reason) : 'no reason is given' };
}
