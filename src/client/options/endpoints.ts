/**
 * The two addresses of the service and the upgrade request: a region or explicit URLs, header or query auth. Checks the options
 * that say where the service is.
 */
import { memoizeLastAddress } from '../../core/memory/collections.js';
import { requireString } from '../../core/option/option-check.js';
import { shownValue } from '../../core/option/shown-value.js';
import type { Transport } from '../../ports/transport.js';

/** Regions the vendor names; any other word of the same form is tried as given. */
export const KNOWN_REGIONS: readonly string[] = ['us-west', 'ap-northeast', 'cn-beijing'];
export const DEFAULT_REGION = 'us-west';

export interface Endpoints {
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
}

export function regionEndpoints(region: string): Endpoints {
  const domain = region.startsWith('cn-') ? 'spatialwalk.top' : 'spatius.ai';
  return {
    consoleEndpointUrl: `https://console.${region}.${domain}/v1/console`,
    ingressEndpointUrl: `wss://api.${region}.${domain}/v2/driveningress`,
  };
}

const UNSUPPORTED_REGION = 'auto';
/** A label of a host name (RFC 1035). */
const MAX_REGION_CHARACTERS = 63;

/** @throws TypeError or RangeError */
export function checkRegion(value: unknown): string {
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
    `region must be lower-case words joined by "-", such as us-west, got ${shownValue(name, KNOWN_REGIONS)}`,
  );
}

/** The address as it is. Its value is never shown: a query or user info may hold credentials. */
export const checkConsoleUrl = memoizeLastAddress((value: unknown) =>
  checkUrl('consoleEndpointUrl', value, ['http:', 'https:']),
);
export const checkIngressUrl = memoizeLastAddress((value: unknown) =>
  checkUrl('ingressEndpointUrl', value, ['ws:', 'wss:', 'http:', 'https:']),
);

function checkUrl(name: string, value: unknown, schemes: readonly string[]): string {
  return requireUrl(name, requireString(name, value), schemes);
}

/** The text, if it is a URL that may be dialled. @throws RangeError that shows at most its scheme */
export function requireUrl(name: string, text: string, schemes: readonly string[]): string {
  const scheme = URL.canParse(text) ? new URL(text).protocol : undefined;
  // The parser leaves line ends and tabs out, wherever they are.
  if (/\p{Cc}/u.test(text)) throw new RangeError(`${name} must not have control characters`);
  if (scheme !== undefined && schemes.includes(scheme)) return text;
  const got = scheme === undefined ? 'something that is no URL' : `a URL with ${shownScheme(scheme)}`;
  throw new RangeError(`${name} must be a URL with ${schemes.join(', ')}, got ${got}`);
}

const KNOWN_SCHEMES = ['ws:', 'wss:', 'http:', 'https:', 'ftp:', 'file:', 'data:', 'blob:', 'javascript:'];

/** A credential with a colon in it is a URL, too. */
function shownScheme(scheme: string): string {
  return KNOWN_SCHEMES.includes(scheme) ? scheme : 'another scheme';
}

export interface UpgradeRequest {
  readonly ingressEndpointUrl: string;
  readonly appId: string;
  readonly avatarId: string;
  readonly token: string;
  readonly useQueryAuth: boolean;
  /** Absent where the transport sends no headers. */
  readonly userAgent: string | undefined;
}

const WEBSOCKET_SCHEMES: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:' };

/**
 * The URL and the headers of the upgrade. A query string already on the ingress URL is kept; in header mode stray
 * credentials in it are taken out, in query mode no credential headers are made.
 */
export function upgradeRequest(request: UpgradeRequest): { url: string; headers: Record<string, string> } {
  const { ingressEndpointUrl, appId, avatarId, token, useQueryAuth, userAgent } = request;
  if (!useQueryAuth) {
    const headers: Record<string, string> = { 'X-App-ID': appId, 'X-Session-Key': token };
    if (userAgent !== undefined) headers['User-Agent'] = userAgent;
    return { url: addressWithoutAuth(ingressEndpointUrl, avatarId), headers };
  }
  const url = avatarAddress(ingressEndpointUrl, avatarId);
  url.searchParams.set('appId', appId);
  url.searchParams.set('sessionKey', token);
  return { url: url.href, headers: userAgent === undefined ? {} : { 'User-Agent': userAgent } };
}

const addressWithoutAuth = memoizeLastAddress((ingressEndpointUrl: string, avatarId: string): string => {
  const url = avatarAddress(ingressEndpointUrl, avatarId);
  url.searchParams.delete('appId');
  url.searchParams.delete('sessionKey');
  return url.href;
});

function avatarAddress(ingressEndpointUrl: string, avatarId: string): URL {
  const url = new URL(ingressEndpointUrl);
  url.protocol = WEBSOCKET_SCHEMES[url.protocol] ?? url.protocol;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/websocket`;
  url.searchParams.set('id', avatarId);
  return url;
}

/** Without upgrade headers only query authentication reaches the service. */
export function mustUseQueryAuth(transport: Transport): boolean {
  return !transport.sendsHeaders;
}
