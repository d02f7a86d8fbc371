/**
 * What an operator should do about an HTTP answer, where its status and origin are more specific than the failure code. The first
 * matching row counts; ranges are inclusive. `{page}` stands for the title of the received page, `{target}` for the host that a redirect
 * names. An answer without a row gets the remediation of its failure code.
 */
import { remediationFor } from './avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, FailureOrigin } from './avatar-sdk-error-code.js';
import type { HttpRefused, TokenMissing } from './failure-facts.js';
import type { HttpDoor } from './http-status-rules.js';
import { pageTitle } from './error-body.js';
import { asItIs, type Cleanse } from './error-record.js';

export interface HttpRemedy {
  readonly door: HttpDoor | 'any';
  readonly from: number;
  readonly to: number;
  /**
   * The row applies only where an intermediary gave the answer. Where the code is a verdict on key, token, id or account, an empty body
   * alone does not show that, and the row does not apply.
   */
  readonly ofGateway?: true;
  /** A part of the body, lower-case: the row applies only if the body contains it. */
  readonly words?: string;
  /** The row does not apply if the body, lower-case, matches. */
  readonly unless?: RegExp;
  readonly remediation: string;
}

const NOT_FOLLOWED =
  'the answer redirects to {target}, and redirects are not followed, because the API key or session token is in a header.';
const EXPECTS_TLS =
  'Use https:// and wss:// in the endpoint URLs, or the port for plain HTTP: this port expects TLS.';
const HEADER_LIMIT =
  "Raise the proxy's limit for headers (nginx: large_client_header_buffers, haproxy: tune.bufsize), or shorten the token: it was exceeded.";
const CLIENT_CERTIFICATE =
  'Give the option agent a client certificate (new https.Agent({ cert, key })): a proxy in front of the service demands one.';
/** Words that only the service itself uses with a 429: then the plan's limit was reached, not a rate limit of an intermediary. */
const WORDS_OF_A_PLAN = /concurren|\bplan\b|quota|too many (?:active |open )?sessions/;

/** Codes that are no verdict on key, token, id or account; a gateway causes them as well. */
const NO_VERDICT: readonly AvatarSDKErrorCode[] = ['upstreamError', 'invalidRequest', 'serverError'];
const MAYBE_OF_GATEWAY =
  'The answer had no body, so a proxy or firewall in front of the service may have given it: ask who runs that, if nothing is wrong here.';

const ROWS: readonly HttpRemedy[] = [
  {
    door: 'token',
    from: 300,
    to: 399,
    remediation: `Set consoleEndpointUrl to the final address: ${NOT_FOLLOWED}`,
  },
  {
    door: 'upgrade',
    from: 300,
    to: 399,
    remediation: `Set ingressEndpointUrl to the final address: ${NOT_FOLLOWED}`,
  },
  { door: 'any', from: 400, to: 497, words: 'to https port', remediation: EXPECTS_TLS },
  { door: 'any', from: 400, to: 497, words: 'to an https server', remediation: EXPECTS_TLS },
  { door: 'any', from: 400, to: 496, words: 'ssl certificate was sent', remediation: CLIENT_CERTIFICATE },
  { door: 'any', from: 400, to: 496, words: 'the ssl certificate error', remediation: CLIENT_CERTIFICATE },
  { door: 'any', from: 400, to: 494, words: 'cookie too large', remediation: HEADER_LIMIT },
  ...[405, 421, 426].map((status): HttpRemedy => ({
    door: 'upgrade',
    from: status,
    to: status,
    remediation:
      'Let the proxy use HTTP/1.1 and forward the headers Upgrade and Connection: the proxy does not pass WebSocket upgrades.',
  })),
  ...[405, 421, 426].map((status): HttpRemedy => ({
    door: 'token',
    from: status,
    to: status,
    remediation:
      'Check consoleEndpointUrl: the server there does not accept a POST of HTTP/1.1 at this path.',
  })),
  {
    door: 'any',
    from: 407,
    to: 407,
    remediation:
      'Give the option agent one that logs in at the proxy: a proxy between this host and the service requires a login{page}.',
  },
  {
    door: 'any',
    from: 511,
    to: 511,
    remediation:
      'Sign in at the network portal that this host is behind: it requires a login before it forwards anything{page}.',
  },
  {
    door: 'any',
    from: 413,
    to: 413,
    remediation:
      "Raise the proxy's limit for the size of a request (nginx: client_max_body_size): it was exceeded.",
  },
  {
    door: 'any',
    from: 414,
    to: 414,
    remediation:
      "Raise the proxy's limit for the length of a URL, or turn off useQueryAuth, which puts the token there: it was exceeded.",
  },
  { door: 'any', from: 431, to: 431, remediation: HEADER_LIMIT },
  {
    door: 'any',
    from: 429,
    to: 429,
    unless: WORDS_OF_A_PLAN,
    remediation:
      'Connect less often from this host, or have the limit raised: the answer does not name a limit of the plan, so it may come from a rate limit in front of the service{page}.',
  },
  {
    door: 'any',
    from: 525,
    to: 526,
    remediation:
      'Have the TLS certificate between the CDN and the service repaired: the CDN could not connect to it{page}.',
  },
  ...[
    [520, 527],
    [530, 530],
  ].map(([from = 0, to = 0]): HttpRemedy => ({
    door: 'any',
    from,
    to,
    remediation:
      'Wait, and see the status page of the CDN if it lasts: the CDN could not reach the service behind it{page}.',
  })),
  {
    door: 'any',
    from: 507,
    to: 509,
    remediation: 'Have the hosting in front of the service checked: it is out of storage or bandwidth{page}.',
  },
  {
    door: 'any',
    from: 502,
    to: 504,
    ofGateway: true,
    remediation:
      'Wait for the service to come back, and check the upstream of the proxy if it lasts: the proxy could not reach it{page}.',
  },
  {
    door: 'any',
    from: 500,
    to: 599,
    ofGateway: true,
    remediation:
      'Check the intermediaries in front of the service (proxy, CDN, firewall): one of them failed, and the service did not answer{page}.',
  },
  {
    door: 'any',
    from: 401,
    to: 401,
    ofGateway: true,
    remediation:
      'Let the proxy in front of the service accept this host: it asks for a login, and did not check key or token{page}.',
  },
  {
    door: 'any',
    from: 403,
    to: 403,
    ofGateway: true,
    remediation:
      'Have this host allowed by the firewall or proxy in front of the service: it refused, and did not check key or token{page}.',
  },
  {
    door: 'any',
    from: 404,
    to: 404,
    ofGateway: true,
    remediation:
      'Check the endpoint URLs, and wait if a deploy is under way: the proxy in front of the service has no route for them{page}.',
  },
  {
    door: 'token',
    from: 200,
    to: 299,
    ofGateway: true,
    remediation:
      'Check consoleEndpointUrl, and for a login or maintenance page in front of it: the answer was no token{page}.',
  },
  {
    door: 'upgrade',
    from: 200,
    to: 299,
    ofGateway: true,
    remediation:
      'Check ingressEndpointUrl, and for a login or maintenance page in front of it: the answer was no WebSocket upgrade{page}.',
  },
  {
    door: 'any',
    from: 400,
    to: 499,
    ofGateway: true,
    remediation:
      'Check the proxy or firewall in front of the service: it refused the request itself, and did not check key or token{page}.',
  },
];

export const HTTP_REMEDIES: readonly HttpRemedy[] = Object.freeze(ROWS.map((row) => Object.freeze(row)));

const PAGE = '{page}';
const TARGET = '{target}';

/** The text of each row for an answer without a page; undefined where the row quotes the answer. */
const PLAIN_TEXTS: ReadonlyMap<HttpRemedy, string> = new Map(
  ROWS.filter(({ remediation }) => !remediation.includes(TARGET)).map((row) => [
    row,
    row.remediation.replace(PAGE, ''),
  ]),
);

/** The texts of the rows that quote nothing of the answer. */
export const PLAIN_HTTP_REMEDIES: readonly string[] = Object.freeze([...PLAIN_TEXTS.values()]);

interface JudgedAnswer {
  readonly code: AvatarSDKErrorCode;
  readonly httpStatus?: number;
  readonly origin: FailureOrigin;
}

const MAYBE_OF_GATEWAY_TEXTS = new Map<string, string>();

/** A remedy of the tables for an answer that may be a gateway's. One text for each remedy: a new one would have to be hashed each time. */
export function maybeOfGateway(remedy: string): string {
  const known = MAYBE_OF_GATEWAY_TEXTS.get(remedy);
  if (known !== undefined) return known;
  const text = `${remedy} ${MAYBE_OF_GATEWAY}`;
  MAYBE_OF_GATEWAY_TEXTS.set(remedy, text);
  return text;
}

/** Undefined where the remediation of the failure code is enough. @param judged the result of the classification */
export function httpRemedy(
  { phase, headers, body }: HttpRefused | TokenMissing,
  { code, httpStatus = NaN, origin }: JudgedAnswer,
  cleanse: Cleanse = asItIs,
): string | undefined {
  const mayBeOfGateway = body.trim() === '' && !NO_VERDICT.includes(code);
  const byGateway = origin === 'gateway' && !mayBeOfGateway;
  const words = body.slice(0, SEARCHED_CHARACTERS).toLowerCase();
  const door: HttpDoor = phase === 'session_token' ? 'token' : 'upgrade';
  const row = ROWS.find(
    (candidate) =>
      (candidate.door === 'any' || candidate.door === door) &&
      httpStatus >= candidate.from &&
      httpStatus <= candidate.to &&
      (candidate.ofGateway !== true || byGateway) &&
      (candidate.words === undefined || words.includes(candidate.words)) &&
      candidate.unless?.test(words) !== true,
  );
  if (row === undefined)
    return origin === 'gateway' && mayBeOfGateway ? maybeOfGateway(remediationFor(code, phase)) : undefined;
  const title = pageTitle(body, cleanse);
  const plain = PLAIN_TEXTS.get(row);
  if (title === undefined && plain !== undefined) return plain;
  return row.remediation
    .replace(PAGE, () => (title === undefined ? '' : ` (its page says "${title}")`))
    .replace(TARGET, () => redirectTarget(headers['location']));
}

/** Error pages are short; the rest adds no information. */
const SEARCHED_CHARACTERS = 8_192;

const ABSOLUTE = /^\s*(?:([a-z][a-z0-9+.-]{0,20}):)?[\\/]{2}(?:[^@/?#\\]*@)?([^/?#\\\s]*)/i;
/** Names, addresses and ports; a host with other characters is not shown. */
const SHOWABLE_HOST = /^[\w.\-[\]:]{1,255}$/;

/** For a sentence: `https://host:port`, or words if no host is named. `location` is the header of that name. */
export function redirectTarget(location: string | undefined): string {
  if (location === undefined || location.trim() === '') return 'an address that it does not name';
  const [, scheme, host] = ABSOLUTE.exec(location) ?? [];
  if (host === undefined) return 'another path of the same host';
  if (!SHOWABLE_HOST.test(host)) return 'another host';
  return scheme === undefined ? host : `${scheme.toLowerCase()}://${host}`;
}
