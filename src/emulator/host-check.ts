/**
 * Which requests the service answers. Its API key is public, and a page in a developer's browser can reach a loopback port: by a
 * name of its own that resolves to 127.0.0.1 (DNS rebinding), or from its own origin, because WebSockets know no same-origin
 * policy. So `Host` and `Origin` must name a loopback host, or one that the options allow.
 */

export interface HostHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/** Longer ones are cut where they are shown. */
const MAX_SHOWN_CHARACTERS = 100;

/**
 * What is wrong with the headers of a request; undefined where nothing is. A header that is missing is no objection: a browser
 * always sends `Host`, and `Origin` with an upgrade.
 * @param allowedHosts names without port, in lower case
 */
export function refusedHost(
  { host, origin }: HostHeaders,
  allowedHosts: readonly string[],
): string | undefined {
  if (host !== undefined && !isAllowed(hostOf(`http://${host}`), allowedHosts))
    return objection('Host', host);
  if (origin !== undefined && !isAllowed(hostOf(origin), allowedHosts)) return objection('Origin', origin);
  return undefined;
}

function objection(header: string, value: string): string {
  const shown = value.length > MAX_SHOWN_CHARACTERS ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value;
  return `${header} ${JSON.stringify(shown)} is no loopback host and not in the option allowedHosts`;
}

/** Undefined for what is no URL with a host, as the origin `null` of a sandboxed page. */
function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === '' ? undefined : hostname.replace(/\.$/, '');
}

function isAllowed(host: string | undefined, allowedHosts: readonly string[]): boolean {
  return host !== undefined && (isLoopback(host) || allowedHosts.includes(host));
}

/** As RFC 6761 and RFC 1122 say: they can't be made to mean another host. */
function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}
