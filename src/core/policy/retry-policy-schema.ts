/**
 * The option `retry` as a file can hold it, as JSON Schema (draft 2020-12): for editors, and for checks before a deploy.
 * Made from the table that the session checks by. One thing can't be said in it: that `capMs` is not below the `baseMs`
 * beside it.
 */
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';
import { optionSchema } from '../option/option-schema.js';
import type { JsonSchema } from '../option/option-schema.js';
import { RETRY_FIELD, RULE_FIELD } from './retry-fields.js';
import { RETRY_PRESETS } from './retry-presets.js';
import { RETRY_PRESET_NAMES } from './rule.js';
import type { RetryPresetName } from './rule.js';

export function retryPolicySchema(): JsonSchema {
  const definitions = new Map<string, JsonSchema>();
  const option = optionSchema(RETRY_FIELD, definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The option "retry" of an avatarkit-session',
    $comment: 'Beyond this schema, a capMs must not be below the baseMs beside it.',
    ...option,
    $defs: retryDefinitions(definitions),
  };
}

/** The definitions that a schema with the option `retry` needs, with what its rows mean beside each other. */
export function retryDefinitions(definitions: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const policy = { ...definitions.get('policy'), allOf: RETRY_PRESET_NAMES.map(numbersNeedAction) };
  return { ...Object.fromEntries(definitions), policy, ruleWithAction: RULE_WITH_ACTION };
}

/** A row whose code the preset surfaces: other names alone would have no effect, and are refused. */
const RULE_WITH_ACTION: JsonSchema = {
  description: 'The preset surfaces this code: other names of the row need an action beside them',
  dependentRequired: Object.fromEntries(
    Object.keys(RULE_FIELD.group.fields)
      .filter((name) => name !== 'action')
      .map((name) => [name, ['action']]),
  ),
};

function numbersNeedAction(preset: RetryPresetName): JsonSchema {
  const surfaced = AVATAR_SDK_ERROR_CODES.filter(
    (code) => RETRY_PRESETS[preset].rules[code].action === 'surface',
  );
  const rows = Object.fromEntries(surfaced.map((code) => [code, { $ref: '#/$defs/ruleWithAction' }]));
  return {
    // Where no preset is named, it is the default one.
    if: { properties: { preset: { const: preset } }, ...(preset !== 'default' && { required: ['preset'] }) },
    then: { properties: { rules: { properties: rows } } },
  };
}
