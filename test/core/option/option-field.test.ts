/** The check of a value by a table of fields, and the JSON Schema that is made from the same table. */
import { describe, expect, it } from 'vitest';
import { checkOption } from '../../../src/core/option/option-field.js';
import type { GroupField } from '../../../src/core/option/option-field.js';
import { optionSchema } from '../../../src/core/option/option-schema.js';
import type { JsonSchema } from '../../../src/core/option/option-schema.js';

const field: GroupField = {
  kind: 'group',
  about: 'All kinds',
  fields: {
    limitMs: {
      kind: 'number',
      about: 'A limit',
      unit: 'milliseconds',
      min: 0,
      unlimited: true,
      default: Infinity,
    },
    loud: { kind: 'flag', about: 'Whether it is loud', default: false },
    name: { kind: 'text', about: 'A name' },
    volume: { kind: 'number', about: 'How loud', min: 1, max: 11, integer: true },
    tone: { kind: 'choice', about: 'Its tone', choices: ['high', 'low'] },
    food: {
      kind: 'wordOrGroup',
      about: 'Its food',
      choices: ['any'],
      group: { fields: { organic: { kind: 'flag', about: 'Whether it is organic' } } },
    },
    pet: {
      kind: 'wordOrGroup',
      about: 'A pet',
      definition: 'pet',
      choices: ['cat', 'dog'],
      orFalse: true,
      group: {
        fields: { legs: { kind: 'number', about: 'Legs', min: 0, integer: true } },
      },
    },
  },
};

describe('a checked value', () => {
  it('has no members with the value undefined, Infinity in place of null, and 0 in place of −0', () => {
    const given = { limitMs: null, loud: undefined, pet: { legs: -0 } };
    expect(checkOption('zoo', given, field)).toEqual({ limitMs: Infinity, pet: { legs: 0 } });
  });

  it('shares no object with the given value', () => {
    const given = { pet: { legs: 4 } };
    const checked = checkOption('zoo', given, field);
    given.pet.legs = 3;
    expect(checked).toEqual({ pet: { legs: 4 } });
  });

  it.each(['cat', false])('can be %j', (pet) => {
    expect(checkOption('zoo', { pet }, field)).toEqual({ pet });
  });

  it('has no prototype, at any depth', () => {
    const checked = checkOption('zoo', { pet: { legs: 4 } }, field) as { readonly pet: object };
    expect([Object.getPrototypeOf(checked), Object.getPrototypeOf(checked.pet)]).toEqual([null, null]);
  });
});

it.each<[unknown, Error]>([
  [[], new TypeError('zoo must be an object, got an array')],
  [
    { limitMs: -1 },
    new RangeError('zoo.limitMs must be a finite number of at least 0 or Infinity (null in JSON), got -1'),
  ],
  [{ loud: null }, new TypeError('zoo.loud must be true or false, got null')],
  [{ name: '' }, new RangeError('zoo.name must not be empty, got ""')],
  [{ pet: 'cow' }, new RangeError('zoo.pet must be one of cat, dog, got "cow"')],
  [{ pet: true }, new TypeError('zoo.pet must be one of cat, dog, false or an object, got true')],
  [{ volume: 0 }, new RangeError('zoo.volume must be a whole number from 1 to 11, got 0')],
  [{ volume: 12 }, new RangeError('zoo.volume must be a whole number from 1 to 11, got 12')],
  [{ volume: 1.5 }, new RangeError('zoo.volume must be a whole number from 1 to 11, got 1.5')],
  [{ tone: 'shrill' }, new RangeError('zoo.tone must be one of high, low, got a string of 6 characters')],
  [{ food: false }, new TypeError('zoo.food must be one of any or an object, got false')],
  [{ pet: { legs: null } }, new TypeError('zoo.pet.legs must be a number, got null')],
  [
    { pet: { arms: 2 } },
    new TypeError('unknown option of zoo.pet with a name of 4 characters; known names: legs'),
  ],
])('%j is refused with path, bound and value', (given, error) => {
  expect(() => checkOption('zoo', given, field)).toThrow(error);
});

it('the schema of the table', () => {
  const definitions = new Map<string, JsonSchema>();
  expect(optionSchema(field, definitions)).toStrictEqual({
    description: 'All kinds',
    type: 'object',
    additionalProperties: false,
    properties: {
      limitMs: {
        description: 'A limit, milliseconds; null: no limit',
        default: null,
        type: ['number', 'null'],
        minimum: 0,
      },
      loud: { description: 'Whether it is loud', default: false, type: 'boolean' },
      name: { description: 'A name', type: 'string', minLength: 1 },
      volume: { description: 'How loud', type: 'integer', minimum: 1, maximum: 11 },
      tone: { description: 'Its tone', type: 'string', enum: ['high', 'low'] },
      food: {
        description: 'Its food',
        anyOf: [
          { type: 'string', enum: ['any'] },
          {
            type: 'object',
            additionalProperties: false,
            properties: { organic: { description: 'Whether it is organic', type: 'boolean' } },
          },
        ],
      },
      pet: { description: 'A pet', $ref: '#/$defs/pet' },
    },
  });
  expect(Object.fromEntries(definitions)).toStrictEqual({
    pet: {
      anyOf: [
        { type: 'string', enum: ['cat', 'dog'] },
        { const: false },
        {
          type: 'object',
          additionalProperties: false,
          properties: { legs: { description: 'Legs', type: 'integer', minimum: 0 } },
        },
      ],
    },
  });
});
