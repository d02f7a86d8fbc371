/**
 * The options of Node and of `ws` that this package does not use, each as an own property: they read options through the prototype, and
 * copy them, so that `Object.prototype.socketPath`, or `ca`, would be an option of every socket. Undefined means the same as absent.
 * Options to which Node or `ws` gives a default of its own are not here: their defaults are own properties already.
 */
import { isPolluted } from './polluted-prototype.js';

/**
 * Adds `absent` to the options if `Object.prototype` was changed, so that they inherit nothing from it. Otherwise returns them as they
 * are, because an object of eighty properties doubles the cost of a request.
 */
export function withoutInherited<Options extends object>(options: Options, absent: object): Options {
  return isPolluted() ? { ...absent, ...options } : options;
}

/** Options of every stream. */
export const NO_STREAM_OPTIONS = Object.freeze({
  highWaterMark: undefined,
  readableHighWaterMark: undefined,
  writableHighWaterMark: undefined,
  objectMode: undefined,
  readableObjectMode: undefined,
  writableObjectMode: undefined,
  readable: undefined,
  writable: undefined,
  read: undefined,
  write: undefined,
  writev: undefined,
  transform: undefined,
  flush: undefined,
  destroy: undefined,
  final: undefined,
  construct: undefined,
  encoding: undefined,
  defaultEncoding: undefined,
  decodeStrings: undefined,
  emitClose: undefined,
  autoDestroy: undefined,
});

/** Options of `net.connect`, all undefined, so that nothing is inherited from `Object.prototype`. */
export const NO_SOCKET_OPTIONS = Object.freeze({
  path: undefined,
  signal: undefined,
  localAddress: undefined,
  localPort: undefined,
  family: undefined,
  hints: undefined,
  lookup: undefined,
  autoSelectFamily: undefined,
  autoSelectFamilyAttemptTimeout: undefined,
  blockList: undefined,
  fd: undefined,
  handle: undefined,
  onread: undefined,
  timeout: undefined,
  noDelay: undefined,
  keepAlive: undefined,
  keepAliveInitialDelay: undefined,
  typeOfService: undefined,
  ...NO_STREAM_OPTIONS,
});

/** Options of `tls.connect`, which passes the others on to `net.connect`. */
export const NO_TLS_OPTIONS = Object.freeze({
  ...NO_SOCKET_OPTIONS,
  allowHalfOpen: undefined,
  socket: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  pfx: undefined,
  crl: undefined,
  passphrase: undefined,
  secureContext: undefined,
  secureProtocol: undefined,
  secureOptions: undefined,
  minVersion: undefined,
  maxVersion: undefined,
  sigalgs: undefined,
  ecdhCurve: undefined,
  dhparam: undefined,
  honorCipherOrder: undefined,
  sessionIdContext: undefined,
  sessionTimeout: undefined,
  ticketKeys: undefined,
  privateKeyEngine: undefined,
  privateKeyIdentifier: undefined,
  clientCertEngine: undefined,
  allowPartialTrustChain: undefined,
  session: undefined,
  requestOCSP: undefined,
  requestCert: undefined,
  isServer: undefined,
  server: undefined,
  pskCallback: undefined,
  pskIdentityHint: undefined,
  SNICallback: undefined,
  ALPNCallback: undefined,
  enableTrace: undefined,

  servername: undefined,
  ALPNProtocols: undefined,
});

/** Options of `http.request` and `https.request`, beyond those of their sockets. */
export const NO_REQUEST_OPTIONS = Object.freeze({
  ...NO_TLS_OPTIONS,
  auth: undefined,
  socketPath: undefined,
  setHost: undefined,
  setDefaultHeaders: undefined,
  insecureHTTPParser: undefined,
  joinDuplicateHeaders: undefined,
  uniqueHeaders: undefined,
});

/** Options of the client of `ws`. */
export const NO_UPGRADE_OPTIONS = Object.freeze({
  ...NO_REQUEST_OPTIONS,
  origin: undefined,
  protocols: undefined,
  finishRequest: undefined,
  handshakeTimeout: undefined,
  defaultPort: undefined,
});
