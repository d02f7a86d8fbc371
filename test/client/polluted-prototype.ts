/** The names of the members that tests add to `Object.prototype`. */
import { ERROR_JSON_NAMES } from '../../src/core/failure/error-record.js';
import { GROUP_NAMES, OPTION_NAMES } from './option-names.js';

/** Names of members of the objects that an application passes or returns. */
const OWN_NAMES = [
  ...OPTION_NAMES,
  ...Object.values(GROUP_NAMES).flat(),
  // Members of the policy, and of the arguments of a session's methods.
  ...['baseMs', 'factor', 'capMs', 'jitter', 'minIntervalMs', 'action', 'whenPaused', 'WebSocket'],
  // Members of the results of the application's functions.
  ...['expiresAt', 'reusable', 'willRetry', 'status', 'headers', 'body', 'broken', 'cause', 'reason'],
  // The names of events; callbacks are stored by these names.
  ...['state', 'reconnect', 'frame', 'playback'],
];

/** Members that this package reads from its own objects and from those of its dependencies. */
const RECORD_NAMES = [
  // The fields of an error and of the facts of a failure.
  ...Object.keys(ERROR_JSON_NAMES).filter((name) => name !== 'message'),
  ...['codeWhenExpired', 'idleCuts', 'matchedRow', 'serverWords', 'ofApplication', 'cut', 'confirmedBefore'],
  // Members of the arguments of calls.
  ...['format', 'recovery', 'ttlMs', 'drain', 'whenPaused', 'token', 'channels', 'sampleRateHz'],
  // Members of the records in which the emitter stores listeners.
  ...['fn', 'context', 'once'],
];

/** Options of Node, of `ws` and of `p-retry`. */
const INNER_NAMES = [
  ...['host', 'hostname', 'port', 'path', 'method', 'socketPath', 'auth', 'protocol', 'defaultPort'],
  ...['setHost', 'setDefaultHeaders', 'maxHeaderSize', 'insecureHTTPParser', 'joinDuplicateHeaders'],
  ...['uniqueHeaders', 'createConnection', 'localAddress', 'localPort', 'family', 'hints', 'lookup'],
  ...['fd', 'handle', 'onread', 'noDelay', 'keepAlive', 'autoSelectFamily'],
  ...['autoSelectFamilyAttemptTimeout', 'blockList'],
  ...['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername', 'checkServerIdentity'],
  ...['ciphers', 'minVersion', 'maxVersion', 'secureContext', 'secureProtocol', 'ALPNProtocols', 'session'],
  ...['protocolVersion', 'perMessageDeflate', 'followRedirects', 'origin'],
  ...['finishRequest', 'generateMask', 'maxPayload', 'autoPong', 'skipUTF8Validation'],
  ...['onFailedAttempt', 'shouldRetry', 'shouldConsumeRetry', 'retries', 'minTimeout', 'maxRetryTime'],
  ...['once', 'passive', 'capture', 'requireManualDestroy', 'triggerAsyncId', 'fatal', 'ignoreBOM'],
  ...['Authorization', 'Host', 'Cookie', 'User-Agent', 'X-Session-Key', 'content-encoding', 'location'],
  ...['protocols', 'kind', 'toJSON', 'get', 'set', 'agent', 'code', 'errno', 'value', 'done'],
  // The first element of an empty list.
  '0',
  ...['enumerable', 'configurable', 'real', 'problem', 'text', 'aborted', 'limitMs', 'isCut', 'broken'],
  ...[
    'highWaterMark',
    'transform',
    'flush',
    'retry-after',
    'info',
    'dictionary',
    'finishFlush',
    'maxOutputLength',
  ],
];

/**
 * Excluded are names that break Node or the language itself, with any package:
 * - `signal`: Node's HTTP client passes an object that inherits it to Node's streams, which then throw
 * - `timeout`, `message`, `connect` and other names of events: Node's streams keep their listeners in an object
 *   that inherits these names
 * - `objectMode`, `writable`: Node creates the inner streams of a TLS socket from options that inherit these names
 * - `then` with a function: each promise that is resolved with an object calls it
 */
export const POLLUTED_NAMES: readonly string[] = [...new Set([...OWN_NAMES, ...INNER_NAMES])];

/** Tested without TLS, because Node creates TLS sockets from objects that inherit these names. */
export const FURTHER_NAMES: readonly string[] = [...new Set([...OWN_NAMES, ...RECORD_NAMES])];
