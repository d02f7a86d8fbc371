/**
 * Decides which faults strike: by phase, occurrence, chance and how often they may still fire. Chance comes
 * from the given random source only. Knows no socket and no clock; thresholds at runtime are judged by
 * runtime-faults.ts.
 */
import type { Random } from '../../ports/random.js';
import { isFinal, type Amount, type Fault, type FaultIn, type FaultPhase } from './fault.js';

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
  /** It does not fire any more. Harmless when repeated. */
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
   * The faults of the next occurrence of the phase, in the plan's order, already counted as fired. Ends with
   * the first one that leaves nothing to answer.
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

  /**
   * Whether a runtime fault that was injected late applies to the nth confirmed connection. Draws its chance.
   */
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
