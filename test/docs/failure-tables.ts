/**
 * The documents' parts about failures: the policy, the codes, the fields of the error. Generated from the
 * tables of the core.
 */
import { ERROR_JSON_NAMES } from '../../src/core/failure/error-record.js';
import { PHASES, remediationFor } from '../../src/core/failure/avatar-sdk-error-code.js';
import { remedyRows } from '../../src/core/failure/remedy.js';
import { DEFAULT_RULES, RULE_REASONS } from '../../src/core/policy/retry-presets.js';
import { RECONNECT_RULES } from '../../src/core/policy/reconnect-rules.js';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { code, table } from './markdown.js';
import { membersOf, propertiesOf } from './source-docs.js';

const ERROR_FILE = 'src/core/failure/avatar-sdk-error.ts';
const FIELDS_FILE = 'src/core/failure/error-fields.ts';

/** Fields whose names need no explanation, so they have no comment in the source. */
const PLAIN_FIELDS: Readonly<Record<string, string>> = {
  code: 'One of the 20 codes above.',
  phase: 'One of `session_token`, `websocket_connect`, `websocket_runtime`.',
  step: 'One of `request`, `upgrade`, `handshake`, `send`, `receive`, `heartbeat`, `close`.',
  httpStatus: 'Of a refused token request or upgrade.',
  serverTitle: 'The service’s own title of the failure.',
  serverDetail: 'The service’s own words.',
  connectionId: 'The service’s id of the connection, once it was confirmed.',
  reqId: 'The request that failed, as the application knows it.',
  closeCode: 'Of the WebSocket close frame; 1006 when none came.',
  closeReason: 'The text of the close frame.',
  cause: 'What was thrown underneath. In JSON only its message.',
};

export function policyTable(): string {
  return table(
    ['code', 'default', 'why'],
    AVATAR_SDK_ERROR_CODES.map((name) => {
      const { action } = DEFAULT_RULES[name];
      return [code(name), action === 'surface' ? action : `**${action}**`, RULE_REASONS[name]];
    }),
  );
}

export function reconnectRulesTable(): string {
  return table(
    ['code', 'when', 'what is done', 'why'],
    Object.values(RECONNECT_RULES).map(({ code: name, when, action, reason }) => [
      code(name),
      when,
      action,
      reason,
    ]),
  );
}

export function codesTable(): string {
  const meanings = new Map(
    propertiesOf('src/core/failure/avatar-sdk-error-code.ts', 'AvatarSDKErrorCode').map(({ name, doc }) => [
      name,
      doc,
    ]),
  );
  return table(
    ['code', 'meaning', 'default'],
    AVATAR_SDK_ERROR_CODES.map((name) => [
      code(name),
      meanings.get(name) ?? '',
      code(DEFAULT_RULES[name].action),
    ]),
  );
}

export function remediationsTable(): string {
  return table(
    ['code', 'what to do'],
    AVATAR_SDK_ERROR_CODES.map((name) => [code(name), remediation(name)]),
  );
}

/** The usual remedy of a code, and the phases that have a different one. */
function remediation(name: (typeof AVATAR_SDK_ERROR_CODES)[number]): string {
  const usual = remediationFor(name, 'websocket_runtime');
  const special = PHASES.filter((phase) => remediationFor(name, phase) !== usual).map(
    (phase) => `In ${code(phase)}: ${remediationFor(name, phase)}`,
  );
  return [usual, ...special].join(' ');
}

/** The table of remedies for conditions that the code alone does not show. */
export function remediesTable(): string {
  const quotes: Readonly<Record<string, string>> = {
    '{page}': ' (and the title of its page)',
    '{target}': 'its host',
    '{option}': '`consoleEndpointUrl` or `ingressEndpointUrl`',
  };
  return table(
    ['what happened', 'what to do'],
    remedyRows().map(({ when, remediation }) => [
      when,
      remediation.replaceAll(/\{page\}|\{target\}|\{option\}/g, (quote) => quotes[quote] ?? quote),
    ]),
  );
}

export function errorFieldsTable(): string {
  const docs = new Map(
    [...membersOf(FIELDS_FILE, 'AvatarSDKErrorFields'), ...membersOf(ERROR_FILE, 'AvatarSDKError')]
      .filter(({ doc }) => doc !== '')
      .map(({ name, doc }) => [name, doc]),
  );
  return table(
    ['field', 'in JSON', 'meaning'],
    Object.entries(ERROR_JSON_NAMES).map(([field, jsonName]) => {
      const meaning = docs.get(field) ?? PLAIN_FIELDS[field];
      if (meaning === undefined) throw new Error(`${ERROR_FILE}: ${field} has no comment`);
      return [code(field), code(jsonName), meaning];
    }),
  );
}
