/**
 * A field as JSON Schema (draft 2020-12), for values that a file can hold. The schema expresses exactly what
 * `checkOption` checks: the caller adds rules for combinations of fields, and fields that only a program can give are
 * left out.
 */
import type { NamedFields, OptionField, WordOrGroupField } from './option-field.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A field whose values a file can hold. */
export type FileField = Exclude<OptionField, { readonly kind: 'function' | 'port' | 'checked' }>;

/** The field for the value in a file; undefined if a file can't hold it. */
export function inFile(field: OptionField): FileField | undefined {
  switch (field.kind) {
    case 'function':
    case 'port':
      return undefined;
    case 'checked': {
      const held = field.inFile && inFile(field.inFile);
      return held && { ...held, about: field.about };
    }
    case 'number':
    case 'flag':
    case 'choice':
    case 'text':
    case 'texts':
    case 'group':
    case 'wordOrGroup':
      return field;
  }
}

/** @param definitions is filled with the fields that have a name of their own, once each */
export function optionSchema(field: FileField, definitions: Map<string, JsonSchema>): JsonSchema {
  const described = {
    description: describedField(field),
    ...(field.default !== undefined && {
      default: Number.isFinite(field.default) || typeof field.default !== 'number' ? field.default : null,
    }),
  };
  switch (field.kind) {
    case 'number': {
      const { min, max, integer = false, unlimited = false } = field;
      const type = integer ? 'integer' : 'number';
      return {
        ...described,
        type: unlimited ? [type, 'null'] : type,
        minimum: min,
        ...(max !== undefined && { maximum: max }),
      };
    }
    case 'flag':
      return { ...described, type: 'boolean' };
    case 'choice':
      return { ...described, ...choiceSchema(field.choices) };
    case 'text':
      return { ...described, type: 'string', ...(field.orEmpty !== true && { minLength: 1 }) };
    case 'texts': {
      const { maxNames, maxCharacters } = field;
      return {
        ...described,
        type: 'object',
        additionalProperties: {
          type: 'string',
          ...(maxCharacters !== undefined && { maxLength: maxCharacters }),
        },
        ...(maxNames !== undefined && { maxProperties: maxNames }),
      };
    }
    case 'group':
    case 'wordOrGroup':
      return { ...described, ...named(field, definitions) };
  }
}

/** The field's sentence with its unit and the meaning of null. */
export function describedField(field: OptionField): string {
  if (field.kind !== 'number') return field.about;
  const unit = field.unit === undefined ? '' : `, ${field.unit}`;
  return `${field.about}${unit}${field.unlimited === true ? '; null: no limit' : ''}`;
}

function named(field: NamedFields | WordOrGroupField, definitions: Map<string, JsonSchema>): JsonSchema {
  const { definition } = field;
  if (definition === undefined) return structure(field, definitions);
  if (!definitions.has(definition)) definitions.set(definition, structure(field, definitions));
  return { $ref: `#/$defs/${definition}` };
}

function structure(field: NamedFields | WordOrGroupField, definitions: Map<string, JsonSchema>): JsonSchema {
  if ('choices' in field) {
    const words = field.choices.length > 0 ? [choiceSchema(field.choices)] : [];
    const flags = [
      ...(field.orTrue === true ? [{ const: true }] : []),
      ...(field.orFalse === true ? [{ const: false }] : []),
    ];
    return { anyOf: [...words, ...flags, named(field.group, definitions)] };
  }
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [name, inner] of Object.entries(field.fields)) {
    const held = inFile(inner);
    if (held === undefined) continue;
    properties[name] = optionSchema(held, definitions);
    if (inner.required === true) required.push(name);
  }
  return {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(required.length > 0 && { required }),
  };
}

function choiceSchema(choices: readonly (string | number | boolean)[]): JsonSchema {
  const [type, ...others] = new Set(choices.map((choice) => typeof choice));
  return { type: others.length === 0 ? type : [type, ...others], enum: choices };
}
