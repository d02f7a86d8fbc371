/**
 * What a table of options is made of: one field per name, with its kind, bounds and meaning. check-option.ts checks
 * values by it, option-schema.ts makes a JSON Schema of it, so that the two can't disagree. Knows no option.
 */

interface Described {
  /** One sentence for people, without bounds and unit. */
  readonly about: string;
  /** What counts when the name is absent; for people and for the schema, the checks fill in nothing. */
  readonly default?: number | string | boolean;
}

export interface NumberField extends Described {
  readonly kind: 'number';
  readonly unit?: 'milliseconds';
  /** Inclusive, like `max`. */
  readonly min: number;
  readonly max?: number;
  readonly integer?: true;
  /** Infinity means "no limit", and so does null, which JSON makes of it. */
  readonly unlimited?: true;
}

export interface FlagField extends Described {
  readonly kind: 'flag';
}

export interface ChoiceField extends Described {
  readonly kind: 'choice';
  readonly choices: readonly string[];
}

/** Any text that is not empty. */
export interface TextField extends Described {
  readonly kind: 'text';
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

/** One of some words, or an object; `false` too where `orFalse` says so. */
export interface WordOrGroupField extends Described {
  readonly kind: 'wordOrGroup';
  readonly definition?: string;
  readonly choices: readonly string[];
  readonly orFalse?: true;
  readonly group: NamedFields;
}

export type OptionField = NumberField | FlagField | ChoiceField | TextField | GroupField | WordOrGroupField;
