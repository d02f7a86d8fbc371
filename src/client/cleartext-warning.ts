/**
 * A process warning for endpoints without TLS: the API key, the session token and the audio go over the network for everybody to
 * read. Once for each host and process. Loopback addresses never leave the machine, and are not warned of.
 */
import { detached } from '../core/memory/memoize-last.js';

/** The part of a session's options that is looked at. */
export interface EndpointAddresses {
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
  /** Anything but undefined: the console is not asked. */
  readonly tokenProvider: unknown;
}

const CLEARTEXT_SCHEMES = ['http:', 'ws:'];
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** More hosts than that are not remembered, and warned of again. */
const MAX_REMEMBERED_HOSTS = 100;
const warnedHosts = new Set<string>();

export function warnOfCleartext({
  consoleEndpointUrl,
  ingressEndpointUrl,
  tokenProvider,
}: EndpointAddresses): void {
  warnOnce('ingressEndpointUrl', ingressEndpointUrl);
  if (tokenProvider === undefined) warnOnce('consoleEndpointUrl', consoleEndpointUrl);
}

function warnOnce(option: string, address: string): void {
  // Nearly every address has TLS: it is not parsed for this.
  if (/^(?:https|wss):/i.test(address)) return;
  const { protocol, hostname, host } = new URL(address);
  if (!CLEARTEXT_SCHEMES.includes(protocol) || LOOPBACK.test(hostname)) return;
  const key = `${option} ${host}`;
  if (warnedHosts.has(key)) return;
  if (warnedHosts.size >= MAX_REMEMBERED_HOSTS) warnedHosts.clear();
  warnedHosts.add(detached(key));
  process.emitWarning(
    `${option} has no TLS: credentials and audio go to ${host} in clear text; use ${protocol === 'ws:' ? 'wss:' : 'https:'}`,
    'AvatarKitCleartextWarning',
  );
}
