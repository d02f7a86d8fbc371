/** Checks the options that say where the service is. Values are not shown: a query or user info may hold credentials. */
import { keepLatest } from '../../core/memory/keep-latest.js';
import { requireString } from '../../core/option/option-check.js';
import { DEFAULT_REGION } from './endpoints.js';

export function resolveRegion(value: unknown): string {
  if (value === undefined) return DEFAULT_REGION;
  const name = requireString('region', value);
  // It becomes part of a host name: nothing else may get in.
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return name;
  throw new RangeError(
    `region must be lower-case words joined by "-", such as us-west, got ${JSON.stringify(name)}`,
  );
}

export const consoleEndpoint = keepLatest((value: unknown) =>
  endpoint('consoleEndpointUrl', value, ['http:', 'https:']),
);
export const ingressEndpoint = keepLatest((value: unknown) =>
  endpoint('ingressEndpointUrl', value, ['ws:', 'wss:', 'http:', 'https:']),
);

function endpoint(name: string, value: unknown, schemes: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  const text = requireString(name, value);
  // The value is not shown: its query or its user info may hold credentials.
  const scheme = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (scheme !== undefined && schemes.includes(scheme)) return text;
  const got = scheme === undefined ? 'something that is no URL' : `a URL with ${scheme}`;
  throw new RangeError(`${name} must be a URL with ${schemes.join(', ')}, got ${got}`);
}
