/**
 * Codes of the operating system and the runtime → the kind of failure below HTTP and WebSocket. The phase determines
 * the code of an ordinary failure, so this table only lists codes that waiting can't remedy and those that are no
 * transport failure.
 */
import { ownMember } from '../option/plain-object.js';

/**
 * - `healable`: another attempt may succeed
 * - `permanent`: certificate, URL or header problems; the same dial fails again until the configuration changes
 * - `malformed`: the peer answered, but not as the protocol demands
 */
export type TransportVerdict = 'healable' | 'permanent' | 'malformed';

/** Nothing was sent: the value of an option can't be dialled. */
const OUR_SIDE = { verdict: 'permanent', origin: 'local' } as const;

export interface TransportRule {
  /** The whole code, or its beginning followed by `*`. */
  readonly errno: string;
  readonly verdict: TransportVerdict;
  /** Default: `service` for `malformed`, otherwise `transport`. */
  readonly origin?: 'local';
  readonly reason: string;
}

const ROWS: readonly TransportRule[] = [
  {
    errno: 'CERT_*',
    verdict: 'permanent',
    reason: 'expired, not yet valid, revoked, untrusted or badly signed',
  },
  { errno: 'CRL_*', verdict: 'permanent', reason: 'the revocation list does not verify' },
  { errno: 'UNABLE_TO_*', verdict: 'permanent', reason: 'the issuer or the signature cannot be verified' },
  { errno: 'ERROR_IN_CERT_*', verdict: 'permanent', reason: 'malformed dates in the certificate' },
  { errno: 'ERROR_IN_CRL_*', verdict: 'permanent', reason: 'malformed dates in the revocation list' },
  { errno: 'DEPTH_ZERO_SELF_SIGNED_CERT', verdict: 'permanent', reason: 'self-signed' },
  {
    errno: 'SELF_SIGNED_CERT_IN_CHAIN',
    verdict: 'permanent',
    reason: 'an intercepting proxy, or a private CA',
  },
  { errno: 'INVALID_CA', verdict: 'permanent', reason: 'the issuer is no CA' },
  { errno: 'INVALID_PURPOSE', verdict: 'permanent', reason: 'not a server certificate' },
  { errno: 'PATH_LENGTH_EXCEEDED', verdict: 'permanent', reason: 'the chain breaks its own limit' },
  { errno: 'HOSTNAME_MISMATCH', verdict: 'permanent', reason: 'made for another host' },
  { errno: 'ERR_TLS_CERT_*', verdict: 'permanent', reason: 'made for another host, or unreadable names' },
  { errno: 'ERR_INVALID_URL', ...OUR_SIDE, reason: 'an option is wrong' },
  {
    errno: 'ERR_INVALID_PROTOCOL',
    ...OUR_SIDE,
    reason: 'the URL has a scheme that cannot be dialled',
  },
  { errno: 'ERR_UNESCAPED_CHARACTERS', ...OUR_SIDE, reason: 'the path cannot be sent' },
  { errno: 'ERR_SOCKET_BAD_PORT', ...OUR_SIDE, reason: 'the URL has an impossible port' },
  { errno: 'ERR_INVALID_CHAR', ...OUR_SIDE, reason: 'a credential cannot be sent as a header' },
  { errno: 'ERR_INVALID_HTTP_TOKEN', ...OUR_SIDE, reason: 'a header name cannot be sent' },
  { errno: 'ERR_MODULE_NOT_LOADED', ...OUR_SIDE, reason: 'a package that a dial needs cannot be loaded' },
  { errno: 'ERR_POLLUTED_PROTOTYPE', ...OUR_SIDE, reason: 'Object.prototype breaks the HTTP client' },
  {
    errno: 'HPE_INVALID_EOF_STATE',
    verdict: 'healable',
    reason: 'the connection ended within the answer, like a reset',
  },
  {
    errno: 'HPE_HEADER_OVERFLOW',
    verdict: 'healable',
    reason: 'an answer with more headers than are read',
  },
  { errno: 'HPE_*', verdict: 'malformed', reason: 'the answer is no HTTP' },
  { errno: 'WS_ERR_*', verdict: 'malformed', reason: 'the frames are no WebSocket frames' },
  { errno: 'ERR_BODY_TOO_LARGE', verdict: 'malformed', reason: 'no token answer is that long' },
  { errno: 'ENOTFOUND', verdict: 'healable', reason: 'resolvers answer this in an outage of their own' },
  { errno: 'EAI_*', verdict: 'healable', reason: 'the resolver failed' },
  { errno: 'ECONNREFUSED', verdict: 'healable', reason: 'no listener: a restart' },
  { errno: 'ECONNRESET', verdict: 'healable', reason: 'the peer or an intermediary closed the connection' },
  { errno: 'ECONNABORTED', verdict: 'healable', reason: 'given up by the system' },
  { errno: 'EPIPE', verdict: 'healable', reason: 'written after the peer had closed the connection' },
  { errno: 'ETIMEDOUT', verdict: 'healable', reason: 'no answer at TCP level' },
  { errno: 'EHOST*', verdict: 'healable', reason: 'no route to the host now' },
  { errno: 'ENET*', verdict: 'healable', reason: 'no network now' },
  { errno: 'EADDRNOTAVAIL', verdict: 'healable', reason: 'local ports are used up for the moment' },
  { errno: 'EMFILE', verdict: 'healable', reason: 'file descriptors are used up for the moment' },
  {
    errno: 'EPROTO',
    verdict: 'healable',
    reason:
      'one code for every broken TLS handshake: a balancer without its service answers in plain text too',
  },
  { errno: 'ERR_SSL_*', verdict: 'healable', reason: 'as EPROTO, by the names newer runtimes use' },
];

export const TRANSPORT_RULES: readonly TransportRule[] = Object.freeze(ROWS.map((row) => Object.freeze(row)));

export interface MatchedTransport {
  readonly verdict: TransportVerdict;
  readonly origin: 'service' | 'transport' | 'local';
  /** The row in words; never the received code, which could be any text. */
  readonly matchedRow: string;
}

/**
 * Unlisted and absent codes are healable: a needless retry costs some attempts, a needless give-up ends the session.
 */
export function matchTransport(errno: string | undefined): MatchedTransport {
  const rule =
    errno === undefined ? undefined : TRANSPORT_RULES.find((row) => matchesErrno(row.errno, errno));
  if (rule === undefined) return OTHER_TRANSPORT;
  const { verdict } = rule;
  const origin = ownMember(rule, 'origin') ?? (verdict === 'malformed' ? 'service' : 'transport');
  return { verdict, origin, matchedRow: transportRow(rule) };
}

/** The meaning of an unlisted or absent code. */
export const OTHER_TRANSPORT: MatchedTransport = Object.freeze({
  verdict: 'healable',
  origin: 'transport',
  matchedRow: 'a transport code without a row: counts as temporary',
});

/** The row in words. */
export function transportRow({ errno, reason }: TransportRule): string {
  return `transport code ${errno}: ${reason}`;
}

/** Whether a code fits the pattern of a row: equal to it, or beginning with the part before `*`. */
export function matchesErrno(pattern: string, errno: string): boolean {
  return pattern.endsWith('*') ? errno.startsWith(pattern.slice(0, -1)) : errno === pattern;
}
