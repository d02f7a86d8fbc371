/**
 * The addresses of the console and the ingress of a session: the rows of their options, as in session-fields.ts, their checks, and the
 * addresses of a region. Explicit addresses have priority over a region. Sends no request.
 */
import { memoizeLastAddress } from '../../core/memory/collections.js';
import { requireString } from '../../core/option/option-check.js';
import type { OptionField } from '../../core/option/option-field.js';
import { deepFreeze } from '../../core/option/plain-object.js';
import { shownValue } from '../../core/option/shown-value.js';
import { requireUrl } from './value-checks.js';

const TEXT = { kind: 'text', about: '' } as const;

/** Regions the vendor names; any other word of the same form is tried as given. */
export const KNOWN_REGIONS: readonly string[] = ['us-west', 'ap-northeast', 'cn-beijing'];
export const DEFAULT_REGION = 'us-west';
/** The region is looked up before the first dial. */
export const AUTO_REGION = 'auto';

/** The vendor of the service: Spatius or SpatialReal. */
export type Environment = 'spatius' | 'spatialreal';
export const ENVIRONMENTS = ['spatius', 'spatialreal'] as const satisfies readonly Environment[];

export interface Endpoints {
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
}

/** With `auto`, these are the addresses of the default region until the nearest one is known. */
export function regionEndpoints(region: string): Endpoints {
  if (region === AUTO_REGION) return regionEndpoints(DEFAULT_REGION);
  const domain = region.startsWith('cn-') ? 'spatialwalk.top' : 'spatius.ai';
  return {
    consoleEndpointUrl: `https://console.${region}.${domain}/v1/console`,
    ingressEndpointUrl: `wss://api.${region}.${domain}/v2/driveningress`,
  };
}

export const SPATIALREAL_ENDPOINTS: Endpoints = Object.freeze({
  consoleEndpointUrl: 'https://api.spatialreal.com/v1/auth',
  ingressEndpointUrl: 'wss://driven.us-west.spatialreal.cloud/v2/driveningress',
});

/** The path of token requests below the address of the console. */
export const TOKEN_PATHS: Readonly<Record<Environment, string>> = Object.freeze({
  spatius: '/session-tokens',
  spatialreal: '/session-token',
});

/** The longest label of a host name (RFC 1035). */
const MAX_REGION_CHARACTERS = 63;

/** @throws TypeError or RangeError */
export function checkRegion(value: unknown): string {
  const name = requireString('region', value);
  // It becomes part of a host name, so no other characters are allowed.
  if (name.length <= MAX_REGION_CHARACTERS && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return name;
  throw new RangeError(
    `region must be lower-case words joined by "-", such as us-west, got ${shownValue(name, KNOWN_REGIONS)}`,
  );
}

/** The address, unchanged. Its value is never shown: a query or user info may contain credentials. */
export const checkConsoleUrl = memoizeLastAddress((value: unknown) =>
  checkUrl('consoleEndpointUrl', value, ['http:', 'https:']),
);
export const checkIngressUrl = memoizeLastAddress((value: unknown) =>
  checkUrl('ingressEndpointUrl', value, ['ws:', 'wss:', 'http:', 'https:']),
);

function checkUrl(name: string, value: unknown, schemes: readonly string[]): string {
  return requireUrl(name, requireString(name, value), schemes);
}

/** Deeply frozen. */
export const ENDPOINT_FIELDS = deepFreeze({
  environment: {
    kind: 'choice',
    type: 'Environment',
    about: 'The vendor of the service: sets the addresses and the path of token requests',
    more: '`spatialreal` has one region; explicit URLs have priority over it, too.',
    choices: ENVIRONMENTS,
    default: 'spatius',
  },
  region: {
    kind: 'checked',
    type: 'string',
    about: '`us-west`, `ap-northeast`, `cn-beijing`, a newer region, or `auto`: the nearest one',
    more: 'Explicit URLs have priority over it. `auto` asks the vendor before the first dial, once in five minutes for all sessions of a process; without an answer within 5 seconds the latest one counts, then `us-west`.',
    default: DEFAULT_REGION,
    check: (_path, value) => checkRegion(value),
    inFile: TEXT,
  },
  consoleEndpointUrl: {
    kind: 'checked',
    type: 'string',
    about: 'The address of the console, `http:` or `https:`; `/session-tokens` is appended',
    defaultText: 'by region',
    check: (_path, value) => checkConsoleUrl(value),
    inFile: TEXT,
  },
  ingressEndpointUrl: {
    kind: 'checked',
    type: 'string',
    about: 'The address of the ingress, `ws:`, `wss:`, `http:` or `https:`; `/websocket` is appended',
    defaultText: 'by region',
    check: (_path, value) => checkIngressUrl(value),
    inFile: TEXT,
  },
} as const satisfies Readonly<Record<string, OptionField>>);
