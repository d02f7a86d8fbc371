/**
 * What happens to a token request, an upgrade request or a handshake that meets faults: they are taken from
 * the plan and logged, their delays pass, and the answer follows. Applies what the rows of the kinds say;
 * decides nothing.
 */
import type { TimerSet } from '../socket/timer-set.js';
import type { FaultPlan } from './fault-plan.js';
import type { ConfirmationPlan, ConnectionTarget, RequestTarget } from './fault-row.js';
import {
  filled,
  isFinal,
  rowOf,
  type Fault,
  type FaultIn,
  type FaultKind,
  type FaultPhase,
} from './fault.js';

export interface FaultedService {
  readonly plan: FaultPlan;
  readonly timers: TimerSet;
  readonly log: (event: {
    readonly event: 'faultFired';
    readonly kind: FaultKind;
    readonly phase: FaultPhase;
  }) => void;
}

/**
 * Calls `answer` with the faults of this occurrence, once their delays have passed. Returns whether there is
 * a delay.
 */
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

/** True when nothing more is to be answered. */
export function strikeRequest(
  faults: readonly FaultIn<'token' | 'upgrade'>[],
  target: RequestTarget,
): boolean {
  return faults.some((fault) => {
    rowOf(fault.kind).onRequest?.(filled(fault), target);
    return isFinal(fault);
  });
}

/** True when no confirmation is to follow. */
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
