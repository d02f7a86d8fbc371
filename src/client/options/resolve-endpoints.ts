/** Checks the options that say where the service is. Values are not shown: a query or user info may hold credentials. */
import { keepLatestAddress } from '../../core/memory/keep-latest-address.js';
import { requireString } from '../../core/option/option-check.js';
import { shownValue } from '../../core/option/shown-value.js';
import { DEFAULT_REGION, KNOWN_REGIONS } from './endpoints.js';

const UNSUPPORTED_REGION = 'auto';
/** A label of a host name (RFC 1035). */
const MAX_REGION_CHARACTERS = 63;

export function resolveRegion(value: unknown): string {
  if (value === undefined) return DEFAULT_REGION;
  const name = requireString('region', value);
  // It would need a request that finds the region; as a host name it does not exist.
  if (name === UNSUPPORTED_REGION) {
    throw new RangeError(
      `region "${name}" is not supported yet: name a region such as ${KNOWN_REGIONS.join(', ')}`,
    );
  }
  // It becomes part of a host name: nothing else may get in.
  if (name.length <= MAX_REGION_CHARACTERS && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return name;
  throw new RangeError(
    `region must be lower-case words joined by "-", such as us-west, got ${shownValue(name)}`,
  );
}

export const consoleEndpoint = keepLatestAddress((value: unknown) =>
  endpoint('consoleEndpointUrl', value, ['http:', 'https:']),
);
export const ingressEndpoint = keepLatestAddress((value: unknown) =>
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
