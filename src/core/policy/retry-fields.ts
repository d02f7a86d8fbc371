/**
 * The option `retry` as a literal table: kind, bounds, unit, meaning and default of every name. `resolveRetryPolicy`
 * checks by it, and the JSON Schema is made from it. Does not define the effect of the values.
 */
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';
import { MAX_TIMER_MS } from '../option/option-check.js';
import { deepFreeze } from '../option/plain-object.js';
import type { GroupField, NumberField, OptionField, WordOrGroupField } from '../option/option-field.js';
import { optionSchema } from '../option/option-schema.js';
import type { JsonSchema } from '../option/option-schema.js';
import { DEFAULT_RETRY_POLICY, RETRY_PRESETS } from './retry-presets.js';
import type { RetryOptions } from './retry-options.js';
import { JITTERS, perCode, RETRY_PRESET_NAMES, RULE_ACTIONS } from './rule.js';
import type { Backoff, RetryPolicy, RetryPresetName, Rule } from './rule.js';

const { backoff: BACKOFF, ...NUMBERS } = DEFAULT_RETRY_POLICY;

/** A duration that is used as a delay must fit a timer. */
const DURATION = { kind: 'number', unit: 'milliseconds', min: 0, max: MAX_TIMER_MS } as const;

const MAX_ATTEMPTS = {
  kind: 'number',
  about: 'Dials per outage, first included',
  min: 1,
  integer: true,
  unlimited: true,
} as const satisfies NumberField;

const MAX_ELAPSED = {
  ...DURATION,
  about: 'An outage longer than this is given up',
  more: 'The time in which a connection works does not count. No wait goes beyond it, and a step of a dial is cut to what is left.',
  unlimited: true,
} as const satisfies NumberField;

/** The numbers of the delays. */
export const BACKOFF_FIELD: GroupField = {
  kind: 'group',
  definition: 'backoff',
  type: 'Backoff',
  about: 'How the delays between dials grow',
  fields: {
    baseMs: { ...DURATION, about: 'Upper bound of the first delay', default: BACKOFF.baseMs },
    factor: {
      kind: 'number',
      about: 'Growth of that bound from delay to delay',
      min: 1,
      default: BACKOFF.factor,
    },
    capMs: {
      ...DURATION,
      about: 'The bound never grows above this',
      more: 'If `baseMs` is given as well, `capMs` must not be below it.',
      default: BACKOFF.capMs,
    },
    jitter: {
      kind: 'choice',
      type: 'Jitter',
      about: 'full: uniform between 0 and the bound; none: always the bound, and hints without their spread',
      choices: JITTERS,
      default: BACKOFF.jitter,
    },
    minIntervalMs: {
      ...DURATION,
      about: 'Least time between the starts of two dials of one session',
      more: 'A shorter delay is raised to this value, even if this value is above `capMs`. The replacement of a stale token does not wait for it.',
      default: BACKOFF.minIntervalMs,
    },
  } satisfies Record<keyof Backoff, OptionField>,
};

/** One row of the rules. */
export const RULE_FIELD: WordOrGroupField = {
  kind: 'wordOrGroup',
  definition: 'rule',
  about:
    'retry: retries; retryIfHinted: retries if the service said how long to wait; surface: gives up at once',
  choices: RULE_ACTIONS,
  // The part of a row that replaces values of the preset's row.
  group: {
    fields: {
      action: {
        kind: 'choice',
        type: 'RuleAction',
        about: 'The action; required with the other names if the preset surfaces the code',
        defaultText: 'the action of the preset',
        choices: RULE_ACTIONS,
      },
      retryPermanent: {
        kind: 'flag',
        about: 'Also retry failures that waiting can’t remedy',
        more: 'Such as a bad certificate, an invalid URL, and the close codes 4000 to 4499.',
        default: false,
      },
      maxAttempts: { ...MAX_ATTEMPTS, defaultText: 'the number of the policy' },
      maxElapsedMs: { ...MAX_ELAPSED, defaultText: 'the number of the policy' },
      backoff: { ...BACKOFF_FIELD, defaultText: 'the numbers of the policy' },
    } satisfies Record<keyof Rule, OptionField>,
  },
};

/** The names of a resolved policy. */
export const POLICY_FIELDS = {
  rules: {
    kind: 'group',
    type: 'RuleTable',
    about: 'What is done about each code',
    more: 'An action, or a part of a row: `action`, `retryPermanent`, `maxAttempts`, `maxElapsedMs`, `backoff`.',
    defaultText: 'the table of the preset',
    fields: perCode(() => RULE_FIELD),
  },
  maxAttempts: { ...MAX_ATTEMPTS, default: NUMBERS.maxAttempts },
  maxElapsedMs: { ...MAX_ELAPSED, default: NUMBERS.maxElapsedMs },
  stableAfterMs: {
    ...DURATION,
    about: 'A connection that lived this long ends the outage and clears its counts',
    more: 'The time counts from its confirmation to its last received bytes. With 0 every confirmed connection ends the outage, so a service that accepts and drops is dialled without end.',
    default: NUMBERS.stableAfterMs,
  },
  maxHintMs: {
    ...DURATION,
    about: 'If the service asks for a longer wait than this, the failure is surfaced',
    default: NUMBERS.maxHintMs,
  },
  patienceMs: {
    ...DURATION,
    about: 'From the third dial of an outage on a step of a dial may take this long',
    more: 'It applies if the session’s `timeoutMs` is shorter, and is cut to the rest of `maxElapsedMs`; 0 keeps `timeoutMs` for all dials.',
    default: NUMBERS.patienceMs,
  },
  backoff: { ...BACKOFF_FIELD, defaultText: 'the numbers of the preset' },
} as const satisfies Record<keyof RetryPolicy, OptionField>;

/** The names of the option's object, in the order in which messages list them. Deeply frozen. */
export const RETRY_FIELDS = deepFreeze({
  ...POLICY_FIELDS,
  preset: {
    kind: 'choice',
    type: 'RetryPresetName',
    about: 'The preset that the other members change',
    choices: RETRY_PRESET_NAMES,
    default: 'default',
  },
  $schema: { kind: 'text', about: 'Where an editor finds the schema of the file; ignored' },
} as const satisfies Record<keyof RetryOptions, OptionField>);

/** The option as a whole. Deeply frozen. */
export const RETRY_FIELD: WordOrGroupField = deepFreeze({
  kind: 'wordOrGroup',
  about:
    'Which failures of a session are retried, and how: the name of a preset, false for never, or an object',
  choices: RETRY_PRESET_NAMES,
  orFalse: true,
  // Changes to a preset; each absent field keeps the preset's value.
  group: { definition: 'policy', fields: RETRY_FIELDS },
} as const);

/**
 * The option `retry` as a file can hold it, as JSON Schema (draft 2020-12): for editors, and for checks before a
 * deploy. Made from the table that the session checks by. The schema can't express one rule: that `capMs` is not below
 * the `baseMs` of the same object.
 */
export function retryPolicySchema(): JsonSchema {
  const definitions = new Map<string, JsonSchema>();
  const option = optionSchema(RETRY_FIELD, definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The option "retry" of an avatarkit-session',
    $comment: 'In addition to this schema, capMs must not be below the baseMs of the same object.',
    ...option,
    $defs: retryDefinitions(definitions),
  };
}

/** The definitions that a schema with the option `retry` needs, including the rules for combinations of names. */
export function retryDefinitions(definitions: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const policy = { ...definitions.get('policy'), allOf: RETRY_PRESET_NAMES.map(numbersNeedAction) };
  return { ...Object.fromEntries(definitions), policy, ruleWithAction: RULE_WITH_ACTION };
}

/** A rule for a code that the preset surfaces: it needs an `action`, because other names alone would have no effect. */
const RULE_WITH_ACTION: JsonSchema = {
  description: 'The preset surfaces this code: other names of the row need an action as well',
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
    // Without a named preset, the default one applies.
    if: { properties: { preset: { const: preset } }, ...(preset !== 'default' && { required: ['preset'] }) },
    then: { properties: { rules: { properties: rows } } },
  };
}
