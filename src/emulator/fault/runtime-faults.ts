/**
 * Decides when the faults of one confirmed connection are due: after a number of keyframes, bytes or
 * milliseconds, and in which request. Applies none of them.
 */
import type { Random } from '../../ports/random.js';
import type { TimerSet } from '../socket/service-socket.js';
import { MESSAGE_FAULTS } from './connection-faults.js';
import { drawAmount, mayFire, type FaultSlot } from './fault-plan.js';
import { filled, type FaultIn, type FilledFault } from './fault.js';

export type RuntimeFault = FaultIn<'runtime'>;
/** Kinds that wait for a message and change it; all others strike as soon as they are due. */
export type ModifierKind = keyof typeof MESSAGE_FAULTS;
type RuntimeAction = Exclude<RuntimeFault, { readonly kind: ModifierKind }>;

interface Progress {
  keyframes: number;
  audioBytes: number;
  readonly sinceMs: number;
}
interface ArmedFault {
  readonly slot: FaultSlot<RuntimeFault>;
  readonly afterKeyframes: number;
  readonly afterMs: number;
  readonly afterAudioBytes: number;
  /** The progress of the connection when the fault was armed. */
  readonly base: Progress;
  spent: boolean;
}

export class RuntimeFaults {
  readonly #armed: ArmedFault[] = [];
  readonly #requests = new Map<number, Progress>();
  readonly #total: Progress;
  readonly #timers: TimerSet;
  readonly #random: Random;
  readonly #strike: (fault: RuntimeAction) => void;
  readonly #fired: (fault: RuntimeFault) => void;

  /**
   * @param fired called for every fault, modifiers included
   * @param strike must apply the faults that are no modifiers
   */
  constructor(
    timers: TimerSet,
    random: Random,
    fired: (fault: RuntimeFault) => void,
    strike: (fault: RuntimeAction) => void,
  ) {
    this.#timers = timers;
    this.#total = { keyframes: 0, audioBytes: 0, sinceMs: timers.nowMs };
    this.#random = random;
    this.#fired = fired;
    this.#strike = strike;
  }

  arm(slots: readonly FaultSlot<RuntimeFault>[]): void {
    for (const slot of slots) {
      const { afterKeyframes = 0, afterMs = 0, afterAudioBytes = 0 } = slot.fault;
      const armed = {
        slot,
        afterKeyframes: drawAmount(afterKeyframes, this.#random),
        afterMs: drawAmount(afterMs, this.#random),
        afterAudioBytes: drawAmount(afterAudioBytes, this.#random),
        base: { ...this.#total, sinceMs: this.#timers.nowMs },
        spent: false,
      };
      this.#armed.push(armed);
      if (slot.fault.request === undefined) this.#checkAfter(armed.afterMs);
    }
    this.#check();
  }

  /** @param request here and below: the number of the request on the connection, from 1 */
  requestBegan(request: number): void {
    // Called before the first chunk of the request is answered, so that a fault can count the answer.
    this.#requests.set(request, { keyframes: 0, audioBytes: 0, sinceMs: this.#timers.nowMs });
    for (const { slot, afterMs } of this.#armed) {
      if (slot.fault.request === request) this.#checkAfter(afterMs);
    }
  }

  audioArrived(request: number, bytes: number): void {
    this.#add(request, 'audioBytes', bytes);
  }

  keyframesSent(request: number, count: number): void {
    this.#add(request, 'keyframes', count);
  }

  /** The parameters of a modifier that is due for this request, already counted as fired. */
  take<Kind extends ModifierKind>(kind: Kind, request: number): FilledFault<Kind> | undefined {
    for (const armed of this.#armed) {
      const { slot } = armed;
      const { fault } = slot;
      if (fault.kind !== kind || (fault.request !== undefined && fault.request !== request)) continue;
      if (!mayFire(slot) || !this.#isDue(armed)) continue;
      slot.firedCount += 1;
      this.#fired(fault);
      return filled(fault) as FilledFault<Kind>;
    }
    return undefined;
  }

  #checkAfter(afterMs: number): void {
    if (afterMs > 0) this.#timers.after(afterMs, () => this.#check());
  }

  #add(request: number, what: 'keyframes' | 'audioBytes', amount: number): void {
    this.#total[what] += amount;
    const progress = this.#requests.get(request);
    if (progress !== undefined) progress[what] += amount;
    this.#check();
  }

  #check(): void {
    for (const armed of this.#armed) {
      const { slot } = armed;
      if (armed.spent || isModifier(slot.fault) || !mayFire(slot) || !this.#isDue(armed)) continue;
      armed.spent = true; // Set first, because `strike` may call this method again.
      slot.firedCount += 1;
      this.#fired(slot.fault);
      this.#strike(slot.fault);
    }
  }

  #isDue({ slot, afterKeyframes, afterMs, afterAudioBytes, base }: ArmedFault): boolean {
    const { request } = slot.fault;
    const now = request === undefined ? this.#total : this.#requests.get(request);
    if (now === undefined) return false;
    const from = request === undefined ? base : { keyframes: 0, audioBytes: 0, sinceMs: now.sinceMs };
    return (
      now.keyframes - from.keyframes >= afterKeyframes &&
      now.audioBytes - from.audioBytes >= afterAudioBytes &&
      // By this clock a timer may run a fraction of a millisecond early.
      this.#timers.nowMs - from.sinceMs >= afterMs - 1
    );
  }
}

function isModifier(fault: RuntimeFault): fault is Exclude<RuntimeFault, RuntimeAction> {
  return Object.hasOwn(MESSAGE_FAULTS, fault.kind);
}
