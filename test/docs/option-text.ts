/**
 * The text about an option for comments and tables, generated from its row. Independent of Markdown and of
 * the target file.
 */
import type { NumberField, OptionField } from '../../src/core/option/option-field.js';

/** One sentence with unit and bounds, and the further text of the row. */
export function meaningOf(field: OptionField): string {
  const bounds = field.kind === 'number' ? `, ${boundsOf(field)}` : '';
  return `${field.about}${bounds}.${field.more === undefined ? '' : ` ${field.more}`}`;
}

/** The default as code or in words; undefined if there is none. */
export function defaultOf(field: OptionField): string | undefined {
  if (field.defaultText !== undefined) return field.defaultText;
  const value = field.default;
  if (value === undefined) return undefined;
  return typeof value === 'number' ? `\`${grouped(value)}\`` : `\`${String(value)}\``;
}

/** The TypeScript type of a value, as it is written in source. */
export function typeOf(field: OptionField): string {
  if (field.type !== undefined) return field.type;
  switch (field.kind) {
    case 'number':
      return 'number';
    case 'flag':
      return 'boolean';
    case 'texts':
      return 'Readonly<Record<string, string>>';
    case 'choice':
      return choicesOf(field.choices);
    case 'text':
      return 'string';
    case 'group':
    case 'wordOrGroup':
    case 'function':
    case 'port':
    case 'checked':
      throw new Error(`the row "${field.about}" needs a type`);
  }
}

export function choicesOf(choices: readonly (string | number | boolean)[]): string {
  return choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice))).join(' | ');
}

function boundsOf({ unit, min, max, integer, unlimited, infinite }: NumberField): string {
  const whole = integer === true ? 'a whole number ' : '';
  const range =
    max === undefined || max === Number.MAX_SAFE_INTEGER
      ? `${whole}≥ ${numberText(min)}`
      : `${integer === true ? `${whole}from ` : ''}${numberText(min)} to ${numberText(max)}`;
  const endless = unlimited === true || infinite === true ? ', or Infinity' : '';
  return `${unit === undefined ? '' : `${unit}, `}${range}${endless}`;
}

const POWERS = new Map([
  [2 ** 31 - 1, '2³¹−1'],
  [2 ** 32 - 1, '2³²−1'],
]);

function numberText(value: number): string {
  return POWERS.get(value) ?? grouped(value);
}

/** A large number with separators, as TypeScript writes it. */
function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '_');
}
