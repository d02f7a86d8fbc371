/**
 * Members of `Object.prototype` that no options can hide from Node: its HTTP client, its sockets, its streams, and `ws`, read and write
 * members of objects that they make themselves. A value or an accessor there would end a request with an error of its own, leave it
 * hanging, or end the process; so the dial is refused with one error that names the member. Names that Node only writes are harmless as
 * ordinary values: an assignment hides them.
 */
import { defineListed, ownMember } from '../../core/option/plain-object.js';

/** Names that Node or `ws` reads from objects of their own, event names among them. A test checks that the list is complete. */
export const READ_BY_NODE = namesOf(`
  BYTES_PER_ELEMENT NODE_TLS_REJECT_UNAUTHORIZED _aborted _construct _defaultAgent _final _generateMask
  _maskBuffer _paused _readableState _writableState agentRemove captureRejections conclude connect
  connecting connection connectionAttempt connectionAttemptFailed connectionAttemptTimeout defaultEncoding
  encoding infoAccess keepAliveInitialDelay message newListener objectMode order pause pauseOnConnect
  permessage-deflate ping pong readableHighWaterMark readableObjectMode ready removeListener resetAndClosing
  resume sec-websocket-accept sec-websocket-extensions sec-websocket-protocol signal timeout upgrade
  verbatim writableHighWaterMark writableObjectMode
`);

/** Names that they write, or read without effect if the value is an ordinary one. */
export const USED_BY_NODE = namesOf(`
  ALPNCallback ALPNProtocols SNICallback _SNICallback _allowSynchronousEvents _argv _binaryType
  _bufferedAmount _bufferedBytes _buffers _chunks _closeAfterHandlingError _closeCode _closeFrameReceived
  _closeFrameSent _closeMessage _closeTimeout _closeTimer _closed _compress _compressed _consumed _consuming
  _contentLength _controlReleased _defaultKeepAlive _destroy _destroyed _dumped _ended _errorEmitted
  _errored _extensions _fin _firstFragment _fragmented _fragments _hadError _handle _hasBody _header
  _headerSent _headers _host _httpMessage _idleNext _idlePrev _idleStart _idleTimeout _isServer
  _keepAliveTimeout _last _loop _mask _masked _maxBufferedChunks _maxFragments _maxPayload _messageLength
  _newSessionPending _numFragments _onImmediate _onPendingData _onTimeout _opcode _options _parent
  _parentWrap _payloadLength _pendingData _pendingEncoding _protocol _queue _readyState _receiver _redirects
  _rejectUnauthorized _removedConnection _removedContLen _removedTE _repeat _req _requestCert _secureContext
  _secureEstablished _securePending _sender _server _skipUTF8Validation _socket _sockname _state _timerArgs
  _tlsOptions _totalPayloadLength _trailer _url aborted address addressType agent all allBuffers
  allowHalfOpen allowPartialTrustChain allowSynchronousEvents alpnProtocol arrayBuffer async auth
  authorizationError authorized autoDestroy autoPong autoSelectFamily autoSelectFamilyAttemptTimeout
  autoSelectFamilyAttemptedAddresses awaitDrainWriters bits blockList buf buffer bufferIndex bufferedIndex
  bytes ca callback cert chunkedEncoding client clientCertEngine closeTimeout complete construct
  content-type context corked createConnection crl date decodeStrings defaultPort destroy destroyed dhparam
  discardUnknown ecdhCurve emitClose enableTrace encrypted error expiry family fd final fingerprint
  fingerprint256 fingerprint512 finishRequest finished flags flush followRedirects generateMask getServers
  handle handshakeTimeout headers highWaterMark hints honorCipherOrder host hostname href httpVersion
  httpVersionMajor httpVersionMinor id incoming insecureHTTPParser isServer issuer issuerCertificate
  joinDuplicateHeaders keepAlive key keylog len length listener localAddress localPort lookup
  maxBufferedChunks maxFragments maxHeaderPairs maxHeaderSize maxHeadersCount maxPayload maxPendingAutoPongs
  maxRedirects maxRequestsOnConnectionReached maxVersion method minVersion msecs name noDelay onIncoming
  oncomplete onerror onhandshakedone onhandshakestart onkeylog onnewsession onocspresponse onread onwrite
  origin outgoing outputData outputSize parser passphrase path pendingcb perMessageDeflate pfx pipes port
  pos priorityQueuePosition privateKeyEngine privateKeyIdentifier protocol protocolVersion protocols
  pskCallback pskIdentityHint pubkey raw rawHeaders rawTrailers read readOnly readable reading req
  requestCert requestOCSP res resolve resolve4 resolve6 resolveAny resolveCaa resolveCname resolveMx
  resolveNaptr resolveNs resolvePtr resolveSoa resolveSrv resolveTxt reusedSocket reverse secure
  secureConnect secureConnecting secureContext secureOptions secureProtocol sendDate serialNumber server
  servername session sessionIdContext sessionTimeout setDefaultHeaders setHost shouldKeepAlive sigalgs
  singleUse size skipUTF8Validation socket socketPath ssl states statusCode statusMessage
  strictContentLength subject subjectaltname ticketKeys timeoutCb transfer-encoding transform tries type
  typeOfService uniqueHeaders upgradeOrConnect url useChunkedEncodingByDefault valid_to view writable write
  writelen writev
`);

function namesOf(list: string): ReadonlySet<PropertyKey> {
  return new Set(list.trim().split(/\s+/));
}

/** The members that every `Object.prototype` has. */
const BUILT_IN: ReadonlySet<PropertyKey> = new Set([
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
  '__proto__',
]);

/** The names when they were last found to be harmless, in their order: most calls only compare them. */
let cleanNames: readonly PropertyKey[] = [];

/** The finding for the call that is running. */
let foundPolluted: boolean | undefined;

/** Whether something was added to `Object.prototype`. */
export function isPolluted(): boolean {
  return foundPolluted ?? findPolluted();
}

/**
 * Calls `make`, which makes a request or a socket synchronously. Throws if `Object.prototype` has a member that would break Node. The
 * names are checked once for the whole call: three checks for each request took 3 % of the cost of opening a session.
 */
export function onUsablePrototype<Made>(make: () => Made): Made {
  foundPolluted = findPolluted();
  try {
    requireUsablePrototype();
    return make();
  } finally {
    foundPolluted = undefined;
  }
}

function findPolluted(): boolean {
  const names = Reflect.ownKeys(Object.prototype);
  if (haveSameNames(names, cleanNames)) return false;
  if (!names.every((name) => BUILT_IN.has(name))) return true;
  cleanNames = names;
  return false;
}

function haveSameNames(one: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

function requireUsablePrototype(): void {
  if (!isPolluted()) return;
  const name = Reflect.ownKeys(Object.prototype).find(isHarmful);
  if (name !== undefined) throw pollutedError(name);
}

function pollutedError(name: PropertyKey): Error {
  const error = new Error(`Object.prototype.${String(name)} is set, and Node's HTTP client uses that name`);
  defineListed(error, 'code', 'ERR_POLLUTED_PROTOTYPE');
  return error;
}

/** Under these names Node's loader, and descriptors of properties, take what is on `Object.prototype` for a member of their own. */
const READ_BY_LOADER = namesOf('configurable encoding enumerable get path set signal source value writable');

/**
 * Throws where `Object.prototype` has something that modules of Node, which are loaded now, would trip over: any accessor or constant, because
 * they assign members of all kinds of names. Node keeps a module that has failed, so it would fail for the rest of the process.
 */
export function requireLoadablePrototype(): void {
  if (!isPolluted()) return;
  const name = Reflect.ownKeys(Object.prototype).find((one) => !BUILT_IN.has(one) && stopsLoading(one));
  if (name !== undefined) throw pollutedError(name);
}

function stopsLoading(name: PropertyKey): boolean {
  const descriptor = Reflect.getOwnPropertyDescriptor(Object.prototype, name) ?? {};
  return READ_BY_LOADER.has(name) || ownMember(descriptor, 'writable') !== true;
}

function isHarmful(name: PropertyKey): boolean {
  const isRead = READ_BY_NODE.has(name);
  if (!isRead && !USED_BY_NODE.has(name)) return false;
  const descriptor = Reflect.getOwnPropertyDescriptor(Object.prototype, name) ?? {};
  // An accessor has no such member.
  if (ownMember(descriptor, 'writable') !== true) return true;
  return isRead && ownMember(descriptor, 'value') !== undefined;
}
