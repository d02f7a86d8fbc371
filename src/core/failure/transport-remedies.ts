/**
 * What an operator should do about a failure below HTTP and WebSocket, by the code of the system or the runtime: one sentence for each.
 * `{option}` stands for the option with the address. A code without a row gets the remediation of its failure code.
 */
import { ownMember } from '../option/plain-object.js';
import type { Phase } from './avatar-sdk-error-code.js';
import { matchesErrno } from './transport-rules.js';

export interface TransportRemedy {
  /** The whole code, or its beginning followed by `*`. */
  readonly errno: string;
  /** A part of the message, lower-case: the row applies only if the message contains it. */
  readonly words?: string;
  /** Does not apply in the phase `websocket_runtime`, where the code has another meaning. */
  readonly dialOnly?: true;
  readonly remediation: string;
}

const PRIVATE_CA =
  'Start the process with NODE_EXTRA_CA_CERTS=/path/to/ca.pem: the certificate is signed by a CA that Node does not know, such as a private one.';
const PLAIN_HTTP =
  'Use http:// and ws:// in {option}, or the port that speaks TLS: this port answered the TLS handshake in plain HTTP.';
const EXPECTS_TLS =
  'Use https:// and wss:// in {option}, or the port for plain HTTP: this port expects TLS and answered with an alert.';
const CLIENT_CERTIFICATE =
  'Give the option agent a client certificate (new https.Agent({ cert, key })): a proxy in front of the service demands one.';
const REVOCATION_LIST =
  'Have the issuer of the certificate publish its revocation list again: it is missing, unreadable or out of date.';
const MALFORMED_DATES = 'Have the certificate of the service replaced: its dates cannot be read.';
const BAD_HEADER =
  'Check appId, apiKey and the session token for characters that no HTTP header may hold, such as a line break at the end.';
const BAD_URL = 'Correct {option}: it is no URL that can be dialled, as the message says.';
const NO_SUCH_REGION =
  'Check region (known: us-west, ap-northeast, cn-beijing) or {option}, and the network and the DNS settings of this host: DNS does not know the name.';

const ROWS: readonly TransportRemedy[] = [
  {
    errno: 'CERT_HAS_EXPIRED',
    remediation:
      'Have the certificate of the service renewed, or set the clock of this host right: by that clock it has expired.',
  },
  {
    errno: 'CERT_NOT_YET_VALID',
    remediation:
      'Set the clock of this host right: by that clock the certificate of the service is not valid yet.',
  },
  {
    errno: 'CERT_REVOKED',
    remediation: 'Have the certificate of the service replaced: its issuer has revoked it.',
  },
  {
    errno: 'CERT_SIGNATURE_FAILURE',
    remediation: 'Have the certificate of the service replaced: its signature is not that of its issuer.',
  },
  {
    errno: 'CERT_CHAIN_TOO_LONG',
    remediation:
      'Have the certificate chain of the service shortened: it has more intermediates than are accepted.',
  },
  { errno: 'CERT_UNTRUSTED', remediation: PRIVATE_CA },
  {
    errno: 'CERT_REJECTED',
    remediation: 'Have the certificate of the service replaced: its issuer is set to reject this use of it.',
  },
  { errno: 'UNABLE_TO_GET_ISSUER_CERT*', remediation: PRIVATE_CA },
  {
    errno: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    remediation:
      'Have the service send its intermediate certificates too, or start the process with NODE_EXTRA_CA_CERTS=/path/to/ca.pem for a private CA.',
  },
  { errno: 'UNABLE_TO_GET_CRL*', remediation: REVOCATION_LIST },
  { errno: 'UNABLE_TO_DECRYPT_CRL_SIGNATURE', remediation: REVOCATION_LIST },
  {
    errno: 'UNABLE_TO_*',
    remediation: 'Have the certificate of the service replaced: its signature cannot be read.',
  },
  { errno: 'CRL_*', remediation: REVOCATION_LIST },
  { errno: 'ERROR_IN_CRL_*', remediation: REVOCATION_LIST },
  { errno: 'ERROR_IN_CERT_*', remediation: MALFORMED_DATES },
  {
    errno: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    remediation:
      'Start the process with NODE_EXTRA_CA_CERTS=/path/to/cert.pem, or install one of a CA: the certificate of the service is self-signed.',
  },
  {
    errno: 'SELF_SIGNED_CERT_IN_CHAIN',
    remediation:
      'Start the process with NODE_EXTRA_CA_CERTS=/path/to/ca.pem: the chain ends in a private CA, perhaps that of a proxy that intercepts TLS.',
  },
  {
    errno: 'INVALID_CA',
    remediation: 'Have the certificate of the service replaced: its signer may not act as a CA.',
  },
  {
    errno: 'INVALID_PURPOSE',
    remediation: 'Have the certificate of the service replaced: it is not one for a server.',
  },
  {
    errno: 'PATH_LENGTH_EXCEEDED',
    remediation:
      'Have the certificate chain of the service repaired: one of its CAs may not sign further CAs.',
  },
  {
    errno: 'HOSTNAME_MISMATCH',
    remediation:
      'Use a host name in {option} that the certificate is made for, or have it made for this name.',
  },
  {
    errno: 'ERR_TLS_CERT_ALTNAME_INVALID',
    remediation:
      'Use a host name in {option} that the certificate is made for, or have it made for this name.',
  },
  {
    errno: 'ERR_TLS_CERT_*',
    remediation: 'Have the certificate of the service replaced: the host names in it cannot be read.',
  },
  { errno: 'EPROTO', words: 'wrong version number', remediation: PLAIN_HTTP },
  { errno: 'EPROTO', words: 'packet length too long', remediation: PLAIN_HTTP },
  { errno: 'EPROTO', words: 'http request', remediation: PLAIN_HTTP },
  { errno: 'ERR_SSL_WRONG_VERSION_NUMBER', remediation: PLAIN_HTTP },
  { errno: 'ERR_SSL_PACKET_LENGTH_TOO_LONG', remediation: PLAIN_HTTP },
  { errno: 'ERR_SSL_HTTP_REQUEST', remediation: PLAIN_HTTP },
  { errno: 'EPROTO', words: 'certificate required', remediation: CLIENT_CERTIFICATE },
  { errno: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', remediation: CLIENT_CERTIFICATE },
  {
    errno: 'EPROTO',
    remediation:
      'Compare the TLS versions and ciphers of both ends, and look for a proxy between them: the TLS handshake failed.',
  },
  {
    errno: 'ERR_SSL_*',
    remediation:
      'Compare the TLS versions and ciphers of both ends, and look for a proxy between them: the TLS handshake failed.',
  },
  {
    errno: 'HPE_HEADER_OVERFLOW',
    remediation:
      'Check the intermediaries in front of the service (proxy, CDN, firewall): one of them answered with more than 1 MiB of headers.',
  },
  { errno: 'HPE_*', words: 'tls alert', remediation: EXPECTS_TLS },
  {
    errno: 'HPE_*',
    remediation: 'Check {option}, host and port: the server there does not speak HTTP.',
  },
  { errno: 'ERR_INVALID_URL', remediation: BAD_URL },
  { errno: 'ERR_INVALID_PROTOCOL', remediation: BAD_URL },
  { errno: 'ERR_UNESCAPED_CHARACTERS', remediation: BAD_URL },
  { errno: 'ERR_SOCKET_BAD_PORT', remediation: BAD_URL },
  { errno: 'ERR_INVALID_CHAR', remediation: BAD_HEADER },
  { errno: 'ERR_INVALID_HTTP_TOKEN', remediation: BAD_HEADER },
  {
    errno: 'ERR_POLLUTED_PROTOTYPE',
    remediation:
      'Find what writes to Object.prototype (a merge of untrusted JSON, an old library), and remove it: Node itself uses that name.',
  },
  {
    errno: 'ERR_MODULE_NOT_LOADED',
    remediation:
      'Install the dependencies again (npm ci), or correct the options of the bundler (docs/bundlers.md), and restart the process: a module cannot be loaded, as the message says.',
  },
  // The host names that are built from a region end with this.
  { errno: 'ENOTFOUND', words: '.spatius.ai', remediation: NO_SUCH_REGION },
  { errno: 'ENOTFOUND', words: '.spatialwalk.top', remediation: NO_SUCH_REGION },
  {
    errno: 'ENOTFOUND',
    remediation:
      'Check the host name in {option}, and the network and the DNS settings of this host: DNS does not know the name.',
  },
  { errno: 'EAI_*', remediation: 'Check the DNS resolver of this host: it did not answer.' },
  {
    errno: 'ECONNREFUSED',
    remediation: 'Check {option}, host and port, and that the service runs: nothing listens there.',
  },
  {
    errno: 'ECONNRESET',
    dialOnly: true,
    remediation:
      'Check the proxies on the way, and that {option} begins with https:// or wss:// where the port expects TLS: the connection was cut.',
  },
  {
    errno: 'ETIMEDOUT',
    remediation: 'Check firewalls and routes between this host and the service: packets to it are lost.',
  },
  {
    errno: 'EHOST*',
    remediation: 'Check the network and the routes of this host: there is no way to the service.',
  },
  {
    errno: 'ENET*',
    remediation: 'Check the network and the routes of this host: there is no way to the service.',
  },
  {
    errno: 'EADDRNOTAVAIL',
    remediation: 'Widen the range of local ports of this host, or dial less often: all of them are in use.',
  },
  {
    errno: 'EMFILE',
    remediation: 'Raise the limit of open files of this process (ulimit -n): it has been reached.',
  },
];

export const TRANSPORT_REMEDIES: readonly TransportRemedy[] = Object.freeze(
  ROWS.map((row) => Object.freeze(row)),
);

/** Undefined for a code without a row. `message` is the system's own. */
export function transportRemedy(
  errno: string | undefined,
  message: string,
  phase: Phase,
): string | undefined {
  if (errno === undefined) return undefined;
  const words = message.toLowerCase();
  return ROWS.find(
    (row) =>
      matchesErrno(row.errno, errno) &&
      words.includes(ownMember(row, 'words') ?? '') &&
      (ownMember(row, 'dialOnly') !== true || phase !== 'websocket_runtime'),
  )?.remediation.replace('{option}', OPTIONS[phase]);
}

/** The option that holds the address of a phase. */
export const OPTIONS: Readonly<Record<Phase, string>> = Object.freeze({
  session_token: 'consoleEndpointUrl',
  websocket_connect: 'ingressEndpointUrl',
  websocket_runtime: 'ingressEndpointUrl',
});
