/**
 * All kinds of faults in one table, and the types of a fault that follow from it: plain JSON values, so that
 * a plan can be written in a test, on a command line or in a file.
 */
import { CONFIRMATION_FAULTS, CONNECTION_FAULTS, MESSAGE_FAULTS } from './connection-faults.js';
import {
  amountOf,
  COUNT,
  numberFrom,
  filledValues,
  optional,
  TIME_MS,
  wholeFrom,
  wordOr,
  type Amount,
  type FaultField,
  type FaultFields,
  type FilledValues,
  type GivenValues,
} from './fault-row.js';
import type { FaultPhase, FaultRow } from './fault-row.js';
import { REQUEST_FAULTS } from './request-faults.js';

export type { Amount, FaultPhase } from './fault-row.js';

export const FAULT_KINDS = {
  ...REQUEST_FAULTS,
  ...CONFIRMATION_FAULTS,
  ...CONNECTION_FAULTS,
  ...MESSAGE_FAULTS,
};

export interface FaultTrigger {
  /** Only the nth occurrence of the phase, counted from 1 over the whole service. Default: any. */
  readonly nth?: number;
  /**
   * Chance from 0 to 1, drawn once per occurrence (at runtime: once per connection).
   *
   * @default 1
   */
  readonly probability?: number;
  /**
   * How often it may fire in all.
   *
   * @default 1
   */
  readonly times?: number | 'always';
}

/**
 * Conditions at runtime; all that are given must be met. Without any, the fault strikes right after the
 * confirmation. Amounts count from the confirmation (for an injected fault: from the injection), or within
 * the request if `request` is given.
 */
export interface RuntimeTrigger extends FaultTrigger {
  /** Only the nth request of the connection, counted from 1. */
  readonly request?: number;
  /** After at least this many keyframes were sent (with egress: generated). */
  readonly afterKeyframes?: Amount;
  readonly afterMs?: Amount;
  readonly afterAudioBytes?: Amount;
}

type FieldsOf<Trigger> = { readonly [Name in keyof Trigger]-?: FaultField<NonNullable<Trigger[Name]>> };

const TRIGGER = {
  nth: optional(COUNT),
  probability: optional(numberFrom(0, 1)),
  times: optional(wordOr('always', COUNT)),
} satisfies FieldsOf<FaultTrigger>;
const RUNTIME_TRIGGER = {
  ...TRIGGER,
  request: optional(COUNT),
  afterKeyframes: optional(amountOf(wholeFrom(0, 1_000_000_000))),
  afterMs: optional(amountOf(TIME_MS)),
  afterAudioBytes: optional(amountOf(wholeFrom(0, Number.MAX_SAFE_INTEGER))),
} satisfies FieldsOf<RuntimeTrigger>;

/** The parameters that every kind has in a phase. */
export function triggerFields(phase: FaultPhase): FaultFields {
  return phase === 'runtime' ? RUNTIME_TRIGGER : TRIGGER;
}

type Kinds = typeof FAULT_KINDS;
type PhaseOf<Kind extends keyof Kinds> = Kinds[Kind]['phases'][number];
type Parameters<Kind extends keyof Kinds> = Kinds[Kind]['fields'];
type FaultAt<Kind extends keyof Kinds, Phase extends FaultPhase> = Phase extends 'runtime'
  ? { readonly kind: Kind; readonly phase: Phase } & RuntimeTrigger & GivenValues<Parameters<Kind>>
  : { readonly kind: Kind; readonly phase: Phase } & FaultTrigger & GivenValues<Parameters<Kind>>;

/** What the embedded service does wrong, and when. */
export type Fault = { [Kind in keyof Kinds]: FaultAt<Kind, PhaseOf<Kind>> }[keyof Kinds];
/** The kind of a fault. */
export type FaultKind = Fault['kind'];
/** The faults that can strike in a phase. */
export type FaultIn<Phase extends FaultPhase> = Extract<Fault, { readonly phase: Phase }>;
/** The faults of one kind. */
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;
/** A fault whose parameters have their defaults. */
export type FilledFault<Kind extends FaultKind> = FaultOf<Kind> & FilledValues<Parameters<Kind>>;

export const FAULT_KIND_NAMES = Object.keys(FAULT_KINDS) as readonly FaultKind[];

export function rowOf(kind: FaultKind): FaultRow<FaultPhase, FaultFields> {
  return FAULT_KINDS[kind];
}

/** The fault with the defaults of its parameters. */
export function filled(fault: Fault): Readonly<Record<string, unknown>> {
  return filledValues({ ...fault }, rowOf(fault.kind).fields);
}

/** Whether nothing is left to answer after this fault. */
export function isFinal(fault: Fault): boolean {
  return rowOf(fault.kind).isFinal?.(filled(fault)) ?? false;
}
