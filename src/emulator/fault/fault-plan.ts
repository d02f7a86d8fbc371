/**
 * Decides which faults strike, by phase, occurrence, probability and remaining times, and applies them to a token request, an upgrade
 * request or a handshake: they are taken from the plan and logged, their delays pass, and the answer follows as defined in the rows of
 * the kinds. All randomness comes from the given source. runtime-faults.ts checks the thresholds at runtime.
 */
import type { Random } from '../../ports/random.js';
import type { TimerSet } from '../socket/service-socket.js';
import type { ConfirmationPlan, ConnectionTarget, RequestTarget } from './fault-row.js';
import {
  isFinal,
  type Amount,
  type Fault,
  type FaultIn,
  type FaultPhase,
  filled,
  rowOf,
  type FaultKind,
} from './fault.js';

/** One fault of the plan and its history. */
export interface FaultSlot<F extends Fault = Fault> {
  readonly fault: F;
  firedCount: number;
  removed: boolean;
}

/** What `inject` returns. */
export interface InjectedFault {
  /** How often it has fired. */
  readonly firedCount: number;
  /** The fault does not strike any more. May be called repeatedly. */
  remove(): void;
}

export class FaultPlan {
  readonly #slots: FaultSlot[];
  readonly #random: Random;
  readonly #occurrences: Record<FaultPhase, number> = { token: 0, upgrade: 0, handshake: 0, runtime: 0 };

  constructor(faults: readonly Fault[], random: Random) {
    this.#slots = faults.map((fault) => ({ fault, firedCount: 0, removed: false }));
    this.#random = random;
  }

  add(fault: Fault): FaultSlot {
    const slot = { fault, firedCount: 0, removed: false };
    this.#slots.push(slot);
    return slot;
  }

  /**
   * The faults of the next occurrence of the phase, in the plan's order, already counted as fired. The list ends with the first fault
   * after which nothing is left to answer.
   */
  take<Phase extends 'token' | 'upgrade' | 'handshake'>(phase: Phase): FaultIn<Phase>[] {
    this.#occurrences[phase] += 1;
    const taken: FaultIn<Phase>[] = [];
    for (const slot of this.#slots) {
      if (!isIn(slot, phase) || !this.#strikes(slot, this.#occurrences[phase])) continue;
      slot.firedCount += 1;
      taken.push(slot.fault);
      if (isFinal(slot.fault)) break;
    }
    return taken;
  }

  /** The runtime faults of the next confirmed connection, and the number of that connection. */
  nextConfirmed(): { readonly nth: number; readonly slots: FaultSlot<FaultIn<'runtime'>>[] } {
    const nth = (this.#occurrences.runtime += 1);
    const slots = this.#slots
      .filter((slot) => isIn(slot, 'runtime'))
      .filter((slot) => this.#strikes(slot, nth));
    return { nth, slots };
  }

  /** Whether a runtime fault that was injected later applies to the nth confirmed connection. Draws its probability. */
  strikesConfirmed(slot: FaultSlot, nth: number): slot is FaultSlot<FaultIn<'runtime'>> {
    return isIn(slot, 'runtime') && this.#strikes(slot, nth);
  }

  #strikes(slot: FaultSlot, occurrence: number): boolean {
    const { nth, probability = 1 } = slot.fault;
    if (!mayFire(slot) || (nth !== undefined && nth !== occurrence)) return false;
    return probability >= 1 || this.#random.next() < probability;
  }
}

export function mayFire({ fault, firedCount, removed }: FaultSlot): boolean {
  const { times = 1 } = fault;
  return !removed && (times === 'always' || firedCount < times);
}

export function drawAmount(amount: Amount, random: Random): number {
  if (typeof amount === 'number') return amount;
  const [least, most] = amount;
  return least + Math.floor(random.next() * (most - least + 1));
}

function isIn<Phase extends FaultPhase>(slot: FaultSlot, phase: Phase): slot is FaultSlot<FaultIn<Phase>> {
  return slot.fault.phase === phase;
}

export interface FaultedService {
  readonly plan: FaultPlan;
  readonly timers: TimerSet;
  readonly log: (event: {
    readonly event: 'faultFired';
    readonly kind: FaultKind;
    readonly phase: FaultPhase;
  }) => void;
}

/** Calls `answer` with the faults of this occurrence after their delays. Returns whether there is a delay. */
export function answerWithFaults<Phase extends 'token' | 'upgrade' | 'handshake'>(
  phase: Phase,
  { plan, timers, log }: FaultedService,
  answer: (faults: readonly FaultIn<Phase>[]) => void,
): boolean {
  const faults = plan.take(phase);
  const due: readonly Fault[] = faults;
  let delayMs = 0;
  for (const fault of due) {
    log({ event: 'faultFired', kind: fault.kind, phase });
    delayMs += rowOf(fault.kind).delayMs?.(filled(fault)) ?? 0;
  }
  if (delayMs > 0) timers.after(delayMs, () => answer(faults));
  else answer(faults);
  return delayMs > 0;
}

/** True if nothing more is to be answered. */
export function strikeRequest(
  faults: readonly FaultIn<'token' | 'upgrade'>[],
  target: RequestTarget,
): boolean {
  return faults.some((fault) => {
    rowOf(fault.kind).onRequest?.(filled(fault), target);
    return isFinal(fault);
  });
}

/** True if no confirmation is to follow. */
export function strikeHandshake(faults: readonly FaultIn<'handshake'>[], target: ConnectionTarget): boolean {
  return faults.some((fault) => {
    const isDelay = rowOf(fault.kind).delayMs !== undefined; // Its delay has passed.
    if (!isDelay) strikeConnection(fault, target);
    return isFinal(fault);
  });
}

export function strikeConfirmation(
  faults: readonly FaultIn<'handshake'>[],
  confirmation: ConfirmationPlan,
): void {
  for (const fault of faults) rowOf(fault.kind).onConfirmation?.(filled(fault), confirmation);
}

export function strikeConnection(fault: Fault, target: ConnectionTarget): void {
  rowOf(fault.kind).onConnection?.(filled(fault), target);
}
