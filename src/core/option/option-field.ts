/**
 * The rows of a table of options: one for each name, with its kind, bounds, unit, default and meaning. A value is checked by its row
 * here; option-schema.ts makes a JSON Schema of the same rows, and the documents are made from them. Independent of the actual options.
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
  /** The value of an absent name. `checkOption` leaves it out; `groupReader` and the schema fill it in. */
  readonly default?: number | string | boolean;
  /** The default in words, if it is no single value. */
  readonly defaultText?: string;
  /** The TypeScript type, if it does not follow from the kind. */
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
  /** Infinity means "no limit", and so does null, which JSON writes for it. */
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

/** A text, not empty unless `orEmpty` is set. */
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

/** The fields of an object. */
export interface NamedFields {
  /** Its name among the schema's definitions, if it is used more than once. */
  readonly definition?: string;
  readonly fields: Readonly<Record<string, OptionField>>;
}

export interface GroupField extends Described, NamedFields {
  readonly kind: 'group';
}

/** One of some words, or an object; also `true` and `false` if `orTrue` and `orFalse` are set. */
export interface WordOrGroupField extends Described {
  readonly kind: 'wordOrGroup';
  readonly definition?: string;
  readonly choices: readonly string[];
  readonly orTrue?: true;
  readonly orFalse?: true;
  /** The accepted values, for messages. Default: the words, or an object. */
  readonly expected?: string;
  readonly group: NamedFields;
}

/** A function of the application. Only its type can be checked. */
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

/** A value with a check of its own, because kind and bounds are not enough. */
export interface CheckedField<Checked = unknown> extends Described {
  readonly kind: 'checked';
  readonly type: string;
  /** Throws a TypeError or a RangeError that names `path`; never shows a secret. */
  readonly check: (path: string, value: unknown) => Checked;
  /** The form that a file can hold, for the schema; absent if there is none. */
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
 * A copy of `value` that shares nothing with it: names with the value undefined are left out, null and Infinity become Infinity if they
 * mean "no limit", −0 becomes 0. The objects have no prototype, so an absent name is undefined.
 *
 * @param path the name of the value in messages: `retry.backoff`
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

/** Characters that UTF-8 or C can't represent: half of a surrogate pair, and NUL with everything after it. */
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
 * @param expected the accepted values for messages, if an object is not the only one
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
 * For a missing name: tells where an inherited property has it (of a class instance or an `Object.create`), which looks like an own
 * property.
 *
 * @throws TypeError
 */
export function refuseInherited(path: string, holder: unknown, name: string): void {
  if (answerMember(holder, name) === undefined || Object.hasOwn(Object(holder) as object, name)) return;
  throw new TypeError(`${path} must be an own property of its object, got an inherited one: copy it`);
}

/** The defaults of the rows, by name; undefined if a row has none. Frozen. */
export function defaultsOf({ fields }: NamedFields): Readonly<Record<string, unknown>> {
  return deepFreeze(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, ownMember(field, 'default')])),
  );
}
