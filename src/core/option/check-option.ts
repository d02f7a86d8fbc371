/**
 * Checks a value by its field, whatever is nested in it: kinds, bounds and names, by path, bound and value. What fields
 * mean beside each other is not known here.
 */
import {
  requireBoolean,
  requireNumber,
  requireOneOf,
  requireOptions,
  requireString,
} from './option-check.js';
import type { NamedFields, OptionField, WordOrGroupField } from './option-field.js';

/**
 * A copy of `value` that shares nothing with it: names that hold undefined are left out, null and Infinity where they
 * mean "no limit" are Infinity, −0 is 0. Objects inherit nothing: a name that is not written is undefined.
 *
 * @param path how messages call the value: `retry.backoff`
 * @throws TypeError for the wrong kind of value and for an unknown name, RangeError for a value out of bounds
 */
export function checkOption(path: string, value: unknown, field: OptionField): unknown {
  switch (field.kind) {
    case 'number': {
      const { min, max, integer = false, unlimited = false } = field;
      const bounds = { min, integer, infinite: unlimited, nullable: unlimited };
      return requireNumber(path, value, max === undefined ? bounds : { ...bounds, max }) + 0;
    }
    case 'flag':
      return requireBoolean(path, value);
    case 'choice':
      return requireOneOf(path, value, field.choices);
    case 'text':
      return requireString(path, value);
    case 'group':
      return checkGroup(path, value, field);
    case 'wordOrGroup':
      return checkWordOrGroup(path, value, field);
  }
}

function checkWordOrGroup(path: string, value: unknown, field: WordOrGroupField): unknown {
  const { choices, orFalse = false, group } = field;
  if (typeof value === 'string') return requireOneOf(path, value, choices);
  if (orFalse && value === false) return false;
  const words = [...choices, ...(orFalse ? ['false'] : [])].join(', ');
  return checkGroup(path, value, group, `one of ${words} or an object`);
}

function checkGroup(path: string, value: unknown, { fields }: NamedFields, expected?: string): unknown {
  const given = requireOptions(path, value, Object.keys(fields), expected);
  const checked = Object.create(null) as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    const inner = given[name];
    if (inner !== undefined) checked[name] = checkOption(`${path}.${name}`, inner, field);
  }
  return checked;
}
