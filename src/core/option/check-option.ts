/**
 * Checks a value by its field, whatever is nested in it: kinds, bounds and names, by path, bound and value. What fields
 * mean beside each other is not known here.
 */
import {
  refuseUnknownNames,
  requireBoolean,
  requireNumber,
  requireObject,
  requireOneOf,
  requireString,
} from './option-check.js';
import type { NamedFields, OptionField, WordOrGroupField } from './option-field.js';

/**
 * A copy of `value` that shares nothing with it: names that hold undefined are left out, null and Infinity where they
 * mean "no limit" are Infinity, −0 is 0.
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
      return checkGroup(path, requireObject(path, value), field);
    case 'wordOrGroup':
      return checkWordOrGroup(path, value, field);
  }
}

function checkWordOrGroup(path: string, value: unknown, field: WordOrGroupField): unknown {
  const { choices, orFalse = false, group } = field;
  if (typeof value === 'string') return requireOneOf(path, value, choices);
  if (orFalse && value === false) return false;
  const words = [...choices, ...(orFalse ? ['false'] : [])].join(', ');
  return checkGroup(path, requireObject(path, value, `one of ${words} or an object`), group);
}

function checkGroup(path: string, given: Record<string, unknown>, { fields }: NamedFields): unknown {
  refuseUnknownNames(path, given, Object.keys(fields));
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const value = given[name];
    return value === undefined ? [] : [[name, checkOption(`${path}.${name}`, value, field)] as const];
  });
  return Object.fromEntries(entries);
}
