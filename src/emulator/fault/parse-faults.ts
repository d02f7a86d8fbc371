/**
 * Decides whether a value or a text is a plan of faults: the name of a plan, or JSON (one fault or a list of
 * them). Throws TypeError or RangeError that name the parameter, the bound and the value. Reads no files.
 */
import { jsonProblem, shownValue } from '../../core/option/shown-value.js';
import { requireOneOf, requireOptions } from '../../core/option/option-check.js';
import { checkFields, fieldsSchema, oneOf, type FaultFields, type JsonSchema } from './fault-field.js';
import {
  FAULT_KIND_NAMES,
  rowOf,
  triggerFields,
  type Fault,
  type FaultKind,
  type FaultPhase,
} from './fault.js';
import { FAULT_PLANS } from './named-plans.js';

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
    const names = Object.keys(FAULT_PLANS).join(', ');
    throw new RangeError(`faults must be JSON or one of ${names}, got ${shownValue(trimmed)}`);
  }
  return checkFaults(parseJson(trimmed));
}

/** A list of faults, or one; every element is checked and copied. */
export function checkFaults(value: unknown): readonly Fault[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((fault, index) => checkFault(`faults[${index}]`, fault));
}

/** Returns a copy that the caller can't change afterwards. `name` is the path used in errors, `faults[2]`. */
export function checkFault(name: string, value: unknown): Fault {
  const { kind, phase } = requireOptions(name, value);
  const known = requireOneOf(`${name}.kind`, kind, FAULT_KIND_NAMES);
  checkFields(name, value, allFields(known, [requireOneOf(`${name}.phase`, phase, rowOf(known).phases)]));
  const copy = withoutPrototype(structuredClone(value) as object);
  const { thenClose } = copy;
  if (thenClose !== undefined) copy['thenClose'] = withoutPrototype(thenClose as object);
  return copy as unknown as Fault;
}

/** What is not written is undefined, also where something is on `Object.prototype`. */
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

/** Two where a kind strikes at runtime and before, because the triggers differ. */
function kindSchemas(kind: FaultKind): readonly JsonSchema[] {
  const { phases, about } = rowOf(kind);
  const early = phases.filter((phase) => phase !== 'runtime');
  const late = phases.filter((phase) => phase === 'runtime');
  return [early, late]
    .filter(({ length }) => length > 0)
    .map((some) => ({ description: about, ...fieldsSchema(allFields(kind, some)) }));
}

/** `phases` are some of the kind's, with the same triggers. */
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
