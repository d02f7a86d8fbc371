/**
 * What a table of options is made of: one row per name, with its kind, bounds, unit, default and meaning. A value is checked
 * by its row here; option-schema.ts makes a JSON Schema of the same rows, and the documents are made from them. Knows no option.
 */
import {
  requireBoolean,
  requireFunction,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
  requireString,
} from './option-check.js';
import { answerMember, deepFreeze, ownMember, withoutPrototype } from './plain-object.js';
import { kindOf, shownName } from './shown-value.js';

interface Described {
  /** One sentence for people, without bounds, unit and default. */
  readonly about: string;
  /** Further sentences, for the documents. */
  readonly more?: string;
  /** The value of a name that is absent. `checkOption` leaves it out; `groupReader` and the schema fill it in. */
  readonly default?: number | string | boolean;
  /** The default in words, where it is no single value. */
  readonly defaultText?: string;
  /** The TypeScript type, where the kind does not say it. */
  readonly type?: string;
  readonly required?: true;
}

export interface NumberField extends Described {
  readonly kind: 'number';
  readonly unit?: 'milliseconds' | 'bytes' | 'Hz';
  /** Inclusive, like `max`. */
  readonly min: number;
  readonly max?: number;
  readonly integer?: true;
  /** Infinity means "no limit", and so does null, which JSON makes of it. */
  readonly unlimited?: true;
  /** Infinity means "no limit"; null is refused. */
  readonly infinite?: true;
}

export interface FlagField extends Described {
  readonly kind: 'flag';
}

export interface ChoiceField extends Described {
  readonly kind: 'choice';
  readonly choices: readonly (string | number | boolean)[];
}

/** A text, not empty unless `orEmpty` says so. */
export interface TextField extends Described {
  readonly kind: 'text';
  readonly orEmpty?: true;
}

/** An object whose values are texts, under any names. */
export interface TextsField extends Described {
  readonly kind: 'texts';
  readonly maxNames?: number;
  readonly maxCharacters?: number;
}

/** The names of an object. */
export interface NamedFields {
  /** Its name among the schema's definitions, where it is used more than once. */
  readonly definition?: string;
  readonly fields: Readonly<Record<string, OptionField>>;
}

export interface GroupField extends Described, NamedFields {
  readonly kind: 'group';
}

/** One of some words, or an object; `true` and `false` too where `orTrue` and `orFalse` say so. */
export interface WordOrGroupField extends Described {
  readonly kind: 'wordOrGroup';
  readonly definition?: string;
  readonly choices: readonly string[];
  readonly orTrue?: true;
  readonly orFalse?: true;
  /** What a message asks for. Default: the words, or an object. */
  readonly expected?: string;
  readonly group: NamedFields;
}

/** A function of the application. That it is one is all that can be checked. */
export interface FunctionField extends Described {
  readonly kind: 'function';
  readonly type: string;
}

/** An implementation of a port, given by the application: only its methods can be checked. */
export interface PortField extends Described {
  readonly kind: 'port';
  readonly type: string;
  readonly methods: readonly string[];
}

/** A value with a check of its own, because kind and bounds do not say enough. */
export interface CheckedField<Checked = unknown> extends Described {
  readonly kind: 'checked';
  readonly type: string;
  /** Throws a TypeError or a RangeError that names `path`; never shows a secret. */
  readonly check: (path: string, value: unknown) => Checked;
  /** What a file can hold of it, for the schema; absent where that is nothing. */
  readonly inFile?: OptionField;
}

export type OptionField =
  | NumberField
  | FlagField
  | ChoiceField
  | TextField
  | TextsField
  | GroupField
  | WordOrGroupField
  | FunctionField
  | PortField
  | CheckedField;

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
      const { min, max, integer = false, unlimited = false, infinite = unlimited } = withoutPrototype(field);
      const bounds = { min, integer, infinite, nullable: unlimited };
      return requireNumber(path, value, max === undefined ? bounds : { ...bounds, max }) + 0;
    }
    case 'flag':
      return requireBoolean(path, value);
    case 'choice':
      return requireOneOf(path, value, field.choices);
    case 'text':
      return ownMember(field, 'orEmpty') === true && value === '' ? value : requireString(path, value);
    case 'texts':
      return checkTexts(path, value, field);
    case 'group':
      return checkGroup(path, value, field);
    case 'wordOrGroup':
      return checkWordOrGroup(path, value, field);
    case 'function':
      return requireFunction(path, value);
    case 'port': {
      const port = requireObject(path, value);
      for (const method of field.methods) requireFunction(`${path}.${method}`, port[method]);
      return port;
    }
    case 'checked':
      return field.check(path, value);
  }
}

/** What a text in UTF-8 or in C loses: half a surrogate pair, and all that follows NUL. */
const UNKEPT = /[\0\p{Surrogate}]/u;

function checkTexts(path: string, value: unknown, field: TextsField): Record<string, unknown> {
  const { maxNames = Infinity, maxCharacters = Infinity } = withoutPrototype(field);
  const given = requireOptions(path, value);
  const entries = Object.entries(given);
  if (entries.length > maxNames) {
    throw new RangeError(`${path} must have at most ${maxNames} names, got ${entries.length}`);
  }
  for (const [name, text] of entries) {
    const inner = `${path}.${shownName(name)}`;
    if (typeof text !== 'string') throw new TypeError(`${inner} must be a string, got ${kindOf(text)}`);
    if (text.length > maxCharacters) {
      throw new RangeError(`${inner} must be at most ${maxCharacters} characters long, got ${text.length}`);
    }
    if (UNKEPT.test(text) || UNKEPT.test(name)) {
      throw new RangeError(`${inner} must be well-formed text without NUL, in its name too`);
    }
  }
  return given;
}

function checkWordOrGroup(path: string, value: unknown, field: WordOrGroupField): unknown {
  const { choices, orTrue = false, orFalse = false, group, expected } = withoutPrototype(field);
  if (typeof value === 'string' && choices.length > 0) return requireOneOf(path, value, choices);
  if ((orTrue && value === true) || (orFalse && value === false)) return value;
  const words = [...choices, ...(orTrue ? ['true'] : []), ...(orFalse ? ['false'] : [])].join(', ');
  return checkGroup(path, value, group, expected ?? `one of ${words} or an object`);
}

/**
 * The names of an object, each by its row; `path` is empty for the object of all options.
 *
 * @param expected what a message asks for, where an object is not the only way to write the value
 */
export function checkGroup(
  path: string,
  value: unknown,
  { fields }: NamedFields,
  expected?: string,
): Record<string, unknown> {
  const given = requireOptions(path, value, Object.keys(fields), expected);
  const checked = Object.create(null) as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    const inner = given[name];
    if (inner === undefined && ownMember(field, 'required') !== true) continue;
    const innerPath = path === '' ? name : `${path}.${name}`;
    if (inner === undefined) refuseInherited(innerPath, value, name);
    checked[name] = checkOption(innerPath, inner, field);
  }
  return checked;
}

/**
 * For a name that is missing: says so where an instance of a class or an `Object.create` has it, which reads like an own property.
 *
 * @throws TypeError
 */
export function refuseInherited(path: string, holder: unknown, name: string): void {
  if (answerMember(holder, name) === undefined || Object.hasOwn(Object(holder) as object, name)) return;
  throw new TypeError(`${path} must be an own property of its object, got an inherited one: copy it`);
}

/** The defaults of the rows, by name; undefined where a row has none. Frozen. */
export function defaultsOf({ fields }: NamedFields): Readonly<Record<string, unknown>> {
  return deepFreeze(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, ownMember(field, 'default')])),
  );
}
