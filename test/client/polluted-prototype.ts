/** The names of the members that tests add to `Object.prototype`. */
import { ERROR_JSON_NAMES } from '../../src/core/failure/error-record.js';
import { GROUP_NAMES, OPTION_NAMES } from './option-names.js';

/** Of every options object that an application gives. */
const OWN_NAMES = [
  ...OPTION_NAMES,
  ...Object.values(GROUP_NAMES).flat(),
  // Within the policy, and the calls of a session.
  ...['baseMs', 'factor', 'capMs', 'jitter', 'minIntervalMs', 'action', 'whenPaused', 'WebSocket'],
  // Answers of the application's functions.
  ...['expiresAt', 'reusable', 'willRetry', 'status', 'headers', 'body', 'broken', 'cause', 'reason'],
  // The names of events, by which callbacks are found.
  ...['state', 'reconnect', 'frame', 'playback'],
];

/** What this package reads of its own objects, and of those of its other packages. */
const RECORD_NAMES = [
  // The fields of an error and of what is known of a failure.
  ...Object.keys(ERROR_JSON_NAMES).filter((name) => name !== 'message'),
  ...['codeWhenExpired', 'idleCuts', 'matchedRow', 'serverWords', 'ofApplication', 'cut', 'confirmedBefore'],
  // The arguments of calls.
  ...['format', 'recovery', 'ttlMs', 'drain', 'whenPaused', 'token', 'channels', 'sampleRateHz'],
  // How the emitter keeps its listeners.
  ...['fn', 'context', 'once'],
];

/** Of Node, of `ws` and of `p-retry`. */
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
 * Without those that break Node or the language itself, whatever a package does:
 * - `signal`: Node's HTTP client hands an object that inherits it to its own streams, and they throw
 * - `timeout`, `message`, `connect` and other names of events: Node's streams keep their listeners in an object that inherits them
 * - `objectMode`, `writable`: Node makes the streams inside of a TLS socket from options that inherit
 * - `then` with a function: every promise that is resolved with an object calls it
 */
export const POLLUTED_NAMES: readonly string[] = [...new Set([...OWN_NAMES, ...INNER_NAMES])];

/** Tried without TLS, which Node makes of objects that inherit. */
export const FURTHER_NAMES: readonly string[] = [...new Set([...OWN_NAMES, ...RECORD_NAMES])];
