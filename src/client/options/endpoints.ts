/** Builds the two addresses of the service, and the upgrade request: a region or explicit URLs, header or query auth. */
import { keepLatestAddress } from '../../core/memory/keep-latest-address.js';
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

const addressWithoutAuth = keepLatestAddress((ingressEndpointUrl: string, avatarId: string): string => {
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
