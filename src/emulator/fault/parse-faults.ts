/**
 * Fault plans: the named ones, and the check of a plan as a value or as a text (a name, or JSON: one fault or a list of them). Throws
 * TypeError or RangeError that name the parameter, the bound and the value. Reads no files.
 */
import { requireOneOf, requireOptions } from '../../core/option/option-check.js';
import { didYouMean, jsonProblem, shownValue } from '../../core/option/shown-value.js';
import { checkFields, fieldsSchema, oneOf, type FaultFields, type JsonSchema } from './fault-row.js';
import {
  FAULT_KIND_NAMES,
  rowOf,
  triggerFields,
  type Fault,
  type FaultKind,
  type FaultPhase,
} from './fault.js';

/** The name of a plan of faults. */
export type FaultPlanName = 'none' | 'demo' | 'chaos' | 'flap' | 'overload' | 'rollingDeploy' | 'deaf';

/** Named plans of faults. A session with default options survives each of them, unless its comment says otherwise. */
export const FAULT_PLANS: Readonly<Record<FaultPlanName, readonly Fault[]>> = {
  none: [],

  /**
   * One session that speaks for 8 to 10 seconds in real time gets five faults: a refused token request, a reset upgrade, a cut, a close
   * and a silence. The cut comes after 5 s, when the connection counts as stable, so that the delays stay short. A threshold counts the
   * keyframes of its connection, which begins with a second of keyframes that were sent before.
   */
  demo: [
    {
      kind: 'refuse',
      phase: 'token',
      nth: 1,
      status: 503,
      headers: { 'Retry-After': '1' },
      body: 'console restarting',
    },
    { kind: 'reset', phase: 'upgrade', nth: 1 },
    { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 130 },
    { kind: 'close', phase: 'runtime', nth: 2, afterKeyframes: 60, code: 4503, reason: 'rolling deploy' },
    { kind: 'silence', phase: 'runtime', nth: 3, afterKeyframes: 45 },
  ],

  /** Seeded faults in every phase while the service runs. */
  chaos: [
    {
      kind: 'refuse',
      phase: 'token',
      probability: 0.1,
      times: 'always',
      status: 503,
      headers: { 'Retry-After': '1' },
    },
    { kind: 'delay', phase: 'upgrade', probability: 0.2, times: 'always', delayMs: 100 },
    { kind: 'reset', phase: 'upgrade', probability: 0.15, times: 'always' },
    { kind: 'reset', phase: 'handshake', probability: 0.05, times: 'always' },
    { kind: 'garble', phase: 'runtime', probability: 0.2, times: 'always', afterKeyframes: [1, 250] },
    { kind: 'textFrame', phase: 'runtime', probability: 0.1, times: 'always', afterKeyframes: [1, 250] },
    {
      kind: 'foreignFrames',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      count: 3,
    },
    {
      kind: 'truncate',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      variant: 'frame',
    },
    { kind: 'reset', phase: 'runtime', probability: 0.2, times: 'always', afterKeyframes: [1, 250] },
    {
      kind: 'close',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      code: 1012,
    },
    {
      kind: 'delay',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      delayMs: 300,
    },
    { kind: 'duplicateEnd', phase: 'runtime', probability: 0.5, times: 'always' },
    { kind: 'silence', phase: 'runtime', probability: 0.05, times: 'always', afterKeyframes: [1, 250] },
  ],

  /** Confirms and drops every connection: a session must fail after a bounded number of attempts. */
  flap: [{ kind: 'acceptThenDrop', phase: 'handshake', times: 'always', dropAfterMs: 50 }],

  /** Refuses every upgrade with a Retry-After: a session must wait that long, and never connects. */
  overload: [
    {
      kind: 'refuse',
      phase: 'upgrade',
      times: 'always',
      status: 429,
      headers: { 'Retry-After': '30', 'Content-Type': 'application/json' },
      body: '{"message":"maximum concurrent sessions reached"}',
    },
  ],

  /** Every connection is closed with 4503 some seconds after its confirmation, three times. */
  rollingDeploy: [
    {
      kind: 'close',
      phase: 'runtime',
      times: 3,
      afterMs: [2_000, 6_000],
      code: 4503,
      reason: 'rolling deploy',
    },
  ],

  /** The first connection goes silent without closing, one second after its confirmation. */
  deaf: [{ kind: 'silence', phase: 'runtime', nth: 1, afterMs: 1_000 }],
};

/**
 * Throws RangeError for an unknown plan name, SyntaxError for broken JSON, TypeError or RangeError naming
 * `faults[n].field` for JSON that is no fault. An empty text is an error, not "none".
 *
 * @example
 * ```ts
 * const service = await AvatarEmulator.start({ faults: parseFaults('[{"kind":"reset","phase":"upgrade"}]') });
 * ```
 */
export function parseFaults(text: string): readonly Fault[] {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) {
    const plan = Object.entries(FAULT_PLANS).find(([name]) => name === trimmed);
    if (plan !== undefined) return plan[1];
    const names = Object.keys(FAULT_PLANS);
    throw new RangeError(
      `faults must be JSON or one of ${names.join(', ')}, got ${shownValue(trimmed, names)}${didYouMean(trimmed, names)}`,
    );
  }
  return checkFaults(parseJson(trimmed));
}

/** Checks and copies a list of faults, or a single one. */
export function checkFaults(value: unknown): readonly Fault[] {
  if (typeof value === 'string')
    throw new TypeError(`faults must be a list of faults, got ${textHint(value)}`);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((fault, index) => checkFault(`faults[${index}]`, fault));
}

/** A hint for messages: the kind of value that was given in place of a list, and how to make a list of it. */
function textHint(text: string): string {
  const name = Object.keys(FAULT_PLANS).find((name) => name === text.trim());
  return name === undefined
    ? `${shownValue(text)}: parseFaults() makes one of JSON and of the names in FAULT_PLANS`
    : `the name of one: use FAULT_PLANS.${name} or parseFaults('${name}')`;
}

/** Returns a copy that the caller can't change later. `name` is the path in errors: `faults[2]`. */
export function checkFault(name: string, value: unknown): Fault {
  const { kind, phase } = requireOptions(name, value);
  const known = requireOneOf(`${name}.kind`, kind, FAULT_KIND_NAMES);
  checkFields(name, value, allFields(known, [requireOneOf(`${name}.phase`, phase, rowOf(known).phases)]));
  const copy = withoutPrototype(structuredClone(value) as object);
  const { thenClose } = copy;
  if (thenClose !== undefined) copy['thenClose'] = withoutPrototype(thenClose as object);
  return copy as unknown as Fault;
}

/** A copy in which absent members are undefined, even if Object.prototype has them. */
function withoutPrototype(record: object): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, record);
}

/** The JSON Schema (draft 2020-12) of a plan: one fault or a list of them. */
export function faultsSchema(): JsonSchema {
  const fault = { $ref: '#/$defs/fault' };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Faults of the embedded avatar service',
    anyOf: [fault, { type: 'array', items: fault }],
    $defs: { fault: { anyOf: FAULT_KIND_NAMES.flatMap(kindSchemas) } },
  };
}

/** Two schemas if the kind strikes both at runtime and before, because the triggers differ. */
function kindSchemas(kind: FaultKind): readonly JsonSchema[] {
  const { phases, about } = rowOf(kind);
  const early = phases.filter((phase) => phase !== 'runtime');
  const late = phases.filter((phase) => phase === 'runtime');
  return [early, late]
    .filter(({ length }) => length > 0)
    .map((some) => ({ description: about, ...fieldsSchema(allFields(kind, some)) }));
}

/** @param phases some of the kind's, with the same triggers */
function allFields(kind: FaultKind, phases: readonly FaultPhase[]): FaultFields {
  const [phase = 'token'] = phases;
  const place = { kind: oneOf(kind), phase: oneOf(...phases) };
  return { ...place, ...rowOf(kind).fields, ...triggerFields(phase) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`faults must be valid JSON: ${jsonProblem(cause)}`, { cause });
  }
}
