/**
 * A field as JSON Schema (draft 2020-12), for values as a file can hold them. It says what check-option.ts checks and
 * nothing more; what fields mean beside each other is added by whoever knows it.
 */
import type { NamedFields, OptionField, WordOrGroupField } from './option-field.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** @param definitions filled with the fields that have a name of their own, once each */
export function optionSchema(field: OptionField, definitions: Map<string, JsonSchema>): JsonSchema {
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
      return { ...described, type: 'string', enum: field.choices };
    case 'text':
      return { ...described, type: 'string', minLength: 1 };
    case 'group':
    case 'wordOrGroup':
      return { ...described, ...named(field, definitions) };
  }
}

/** The field's sentence with its unit, and what null means in it. */
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
    const words = { type: 'string', enum: field.choices };
    const never = field.orFalse === true ? [{ const: false }] : [];
    return { anyOf: [words, ...never, named(field.group, definitions)] };
  }
  const properties = Object.fromEntries(
    Object.entries(field.fields).map(([name, inner]) => [name, optionSchema(inner, definitions)]),
  );
  return { type: 'object', additionalProperties: false, properties };
}
