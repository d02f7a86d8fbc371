/** What the schema of policy files says of a policy that a person has written: each finding with its path. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv';
import schema from '../../../dist/retry-policy.schema.json' with { type: 'json' };

const ajv = new Ajv2020({ allErrors: true, strict: false });
const { $defs } = schema;
const ofObject = ajv.compile({ $ref: '#/$defs/policy', $defs });
const ofOther = ajv.compile(schema);

export interface CheckedPolicy {
  /** Undefined where something is wrong. */
  readonly policy?: unknown;
  /** `/backoff/baseMs must be >= 0`; none where all is right. */
  readonly problems: readonly string[];
}

export function checkPolicy(text: string): CheckedPolicy {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (error) {
    return { problems: [`not JSON: ${(error as Error).message}`] };
  }
  const validate: ValidateFunction = typeof policy === 'object' && policy !== null ? ofObject : ofOther;
  if (validate(policy)) return { policy, problems: [] };
  return { problems: [...new Set((validate.errors ?? []).filter(isOwnFinding).map(inWords))] };
}

/** Of alternatives only what is wrong in them is a finding, and not that none of them fits. */
function isOwnFinding(
  { keyword, params, schemaPath }: ErrorObject,
  _at: number,
  all: ErrorObject[],
): boolean {
  if (keyword === 'anyOf' || keyword === 'if') return all.length === 1;
  // A rule is a word or an object: for an object it is no finding that it is no word.
  const isWrongKind = keyword === 'type' && (params as { type: string }).type === 'string';
  return !(schemaPath.includes('/anyOf/') && isWrongKind && all.length > 2);
}

function inWords({ instancePath, keyword, params, message = 'is wrong' }: ErrorObject): string {
  const path = instancePath === '' ? '/' : instancePath;
  if (keyword === 'additionalProperties') {
    const { additionalProperty } = params as { additionalProperty: string };
    return `${path === '/' ? '' : path}/${additionalProperty} is not known here`;
  }
  if (keyword === 'enum') {
    const { allowedValues } = params as { allowedValues: readonly unknown[] };
    return `${path} must be one of ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
  }
  return `${path} ${message}`;
}
