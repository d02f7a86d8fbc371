/**
 * The options of a session as a file can hold them, as JSON Schema (draft 2020-12): for editors, and for checks before a deploy.
 * Made from the rows that the session checks by. Functions and implementations are not in it. A few checks say more than it
 * can: characters of keys and ids, URLs, regions, and what options mean beside each other.
 */
import { optionSchema } from '../../core/option/option-schema.js';
import type { JsonSchema } from '../../core/option/option-schema.js';
import { retryDefinitions } from '../../core/policy/retry-fields.js';
import { SESSION_FIELDS } from './session-fields.js';

export function sessionOptionsSchema(): JsonSchema {
  const definitions = new Map<string, JsonSchema>();
  const options = optionSchema(
    { kind: 'group', about: 'The options of a session', fields: SESSION_FIELDS },
    definitions,
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The options of an avatarkit-session',
    ...options,
    $defs: retryDefinitions(definitions),
  };
}
