/**
 * Plain HTTP requests: which hosts and origins are answered, the path of the token endpoint, at most 64 KiB
 * of a body, and the answer. Decides nothing about tokens.
 *
 * The API key is public, and a page in a developer's browser can reach a loopback port: by a host name of its own that
 * resolves to 127.0.0.1 (DNS rebinding), or from its own origin, because WebSockets have no same-origin policy. So
 * `Host` and `Origin` must name a loopback host, or one that the options allow.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resetTcp } from '../socket/ws-accepted-socket.js';
import { refusalBody } from './token-endpoint.js';
import type { TokenCall } from './token-endpoint.js';

const MAX_BODY_BYTES = 65_536;

/** The paths of Spatius and of SpatialReal. */
export const TOKEN_PATHS: readonly string[] = ['/v1/console/session-tokens', '/v1/auth/session-token'];
/** The path of requests for the nearest region. */
export const BOOTSTRAP_PATH = '/bootstrap';
const REGIONS = ['us-west', 'ap-northeast', 'cn-beijing'];

/** The answer to a request for the nearest region. */
export function bootstrapBody(): string {
  return JSON.stringify({ region: { current: REGIONS[0], candidates: REGIONS } });
}

/**
 * Answers one HTTP request. Paths other than those of the token endpoint and of the bootstrap request get 404. Never
 * throws.
 *
 * @param refusal the reason to answer with 403 instead
 */
export function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  serveToken: (call: TokenCall) => void,
  refusal?: string,
): void {
  request.on('error', () => undefined); // The client has disconnected; no answer is possible.
  response.on('error', () => undefined);
  if (refusal !== undefined) {
    request.resume();
    answer(response, 403, { 'Content-Type': 'application/json' }, refusalBody({ message: refusal }));
    return;
  }
  const [path] = (request.url ?? '/').replace(ABSOLUTE_FORM, '').split('?');
  if (path === BOOTSTRAP_PATH && request.method === 'POST') {
    request.resume();
    answer(response, 200, { 'Content-Type': 'application/json' }, bootstrapBody());
    return;
  }
  if (path === undefined || !TOKEN_PATHS.includes(path)) {
    request.resume();
    answer(response, 404, { 'Content-Type': 'application/json' }, refusalBody({ message: 'not found' }));
    return;
  }
  const apiKey = request.headers['x-api-key'];
  let body = '';
  let bytes = 0;
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    bytes += Buffer.byteLength(piece);
    if (bytes <= MAX_BODY_BYTES) body += piece;
  });
  request.on('end', () =>
    serveToken({
      method: request.method ?? '',
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
      body: bytes <= MAX_BODY_BYTES ? body : undefined,
      answer: (status, headers, text) => answer(response, status, headers, text),
      reset: () => resetTcp(request.socket),
    }),
  );
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  // An answer of the console is never kept alive: a client's pool would otherwise reuse a connection of a stopped
  // service.
  response.writeHead(status, { ...headers, Connection: 'close' });
  response.end(body);
}

/**
 * The beginning of a request target in absolute form, as proxies get it: scheme and host, which replace the header
 * `Host`.
 */
const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** A host with an optional port: no user, path, query or fragment, which a URL may also have. */
const HOST = /^[^@/?#\\\s]+$/;
/** Scheme and host, as browsers send them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^@/?#\\\s]+$/i;

interface HostHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/** Longer values are cut in messages. */
const MAX_SHOWN_CHARACTERS = 100;

/**
 * What is wrong with the headers of a request, or undefined. A missing header is allowed: a browser always sends
 * `Host`, and `Origin` with an upgrade.
 *
 * @param allowedHosts names without port, in lower case
 * @param target of the request line; one in absolute form has a host, which must be allowed as well
 * @param rawHeaders names and values alternately, as received: of several `Host` headers Node keeps only the first
 */
export function refusedHost(
  { host, origin }: HostHeaders,
  allowedHosts: readonly string[],
  target = '/',
  rawHeaders: readonly string[] = [],
): string | undefined {
  const [authority] = ABSOLUTE_FORM.exec(target) ?? [];
  if (authority !== undefined && !(ORIGIN.test(authority) && isAllowed(hostOf(authority), allowedHosts)))
    return objection('The request target', authority);
  if (host !== undefined && !(HOST.test(host) && isAllowed(hostOf(`http://${host}`), allowedHosts)))
    return objection('Host', host);
  if (rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    return 'The request has more than one Host header';
  if (origin !== undefined && !(ORIGIN.test(origin) && isAllowed(hostOf(origin), allowedHosts)))
    return objection('Origin', origin);
  return undefined;
}

function objection(header: string, value: string): string {
  const shown = value.length > MAX_SHOWN_CHARACTERS ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value;
  return `${header} ${JSON.stringify(shown)} is no loopback host and not in the option allowedHosts`;
}

/** Undefined for a text that is no URL with a host, such as the origin `null` of a sandboxed page. */
function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === '' ? undefined : hostname.replace(/\.$/, '');
}

function isAllowed(host: string | undefined, allowedHosts: readonly string[]): boolean {
  return host !== undefined && (isLoopback(host) || allowedHosts.includes(host));
}

/** By RFC 6761 and RFC 1122 these names can't resolve to another host. */
function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}
