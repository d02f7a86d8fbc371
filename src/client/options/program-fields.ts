/**
 * The rows of options that only a program can give, as in session-fields.ts: functions for events, implementations, and
 * related options. Deeply frozen. Also their public type, which is made from them like session-options.ts.
 */
import type { Agent } from 'node:http';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { FleetCoordinator } from '../../ports/fleet-coordinator.js';
import type { Clock } from '../../ports/clock.js';
import type { ApplicationHttpPost } from '../../ports/http-post.js';
import type { Random } from '../../ports/random.js';
import type { Transport } from '../../ports/transport.js';
import type {
  CloseInfo,
  Frame,
  PlaybackEvent,
  ReconnectInfo,
  RetryInfo,
  StateChange,
} from '../events/session-events.js';
import type { Logger } from '../events/logger.js';
import { requireAgent } from '../../adapters/node/dial-address.js';
import { DEFAULT_USER_AGENT } from '../../adapters/token/http-token-source.js';
import { deepFreeze } from '../../core/option/plain-object.js';
import type { OptionField } from '../../core/option/option-field.js';
import { requireUserAgent } from './value-checks.js';

export const PROGRAM_FIELDS = deepFreeze({
  onError: {
    kind: 'function',
    type: '(error: AvatarSDKError) => unknown',
    about: 'Called with every classified failure; `error.willRetry` says whether the session goes on',
    more: 'An error that leaves the connection open is emitted when that is known, after at most 1 second.',
  },
  onRetry: { kind: 'function', type: '(info: RetryInfo) => unknown', about: 'Called before each wait' },
  onReconnect: {
    kind: 'function',
    type: '(info: ReconnectInfo) => unknown',
    about: 'Called when a lost connection has been replaced; not for the first connection',
  },
  onStateChange: {
    kind: 'function',
    type: '(change: StateChange) => unknown',
    about: 'Called when the session goes from one state to another',
  },
  onFrame: {
    kind: 'function',
    type: '(frame: Frame) => unknown',
    about: 'Called with every animation message, once and in order',
  },
  onPlayback: {
    kind: 'function',
    type: '(event: PlaybackEvent) => unknown',
    about: 'Called when playback in the room has started, paused, resumed, ended or been interrupted',
  },
  onClose: {
    kind: 'function',
    type: '(info: CloseInfo) => unknown',
    about: 'Called exactly once, when the session has ended; once more after each `restart()`',
  },
  transportFrames: {
    kind: 'function',
    type: '(envelope: Uint8Array, isLast: boolean) => unknown',
    about:
      'Called as in the SDKs of the vendor: the whole envelope as it came, and whether it is the last of its request',
    more: 'A request has one id and one end in them, also after a reconnect. They are raw bytes of the service: no text in them is redacted or escaped.',
  },
  onEncodedAudio: {
    kind: 'function',
    type: '(reqId: string, bytes: Uint8Array) => unknown',
    about: 'Called with the Ogg Opus that `oggOpusEncoder` has made, right before it is sent',
    more: 'After a reconnect a new stream begins, with the audio that is sent again, under the same request id.',
  },
  logger: {
    kind: 'port',
    type: 'Logger',
    about:
      'Gets one line for each step of the session: a logger of pino, `consoleLogger()`, or one of that shape',
    more: 'States are `debug`, retries and reconnects `warn`, giving up `error`. It gets no secrets. What it throws is a process warning.',
    methods: ['debug', 'info', 'warn', 'error'],
  },
  transport: {
    kind: 'port',
    type: 'Transport',
    about: 'Opens the WebSocket: `createWsTransport()`, `createWebSocketTransport()`, or one of your own',
    defaultText: 'the `ws` package',
    methods: ['dial'],
  },
  coordinator: {
    kind: 'port',
    type: 'FleetCoordinator',
    about: 'Shares the limits of a plan and the pace of dials with other processes',
    more: 'Asked after the connect gate and before an attempt counts. `createMemoryCoordinator()` coordinates one process, `createRedisCoordinator()` of `avatarkit-session/redis` a fleet.',
    defaultText: 'none: processes do not coordinate',
    methods: ['acquire'],
  },
  agent: {
    kind: 'checked',
    type: 'Agent',
    about:
      'Makes the sockets to the console and to the ingress: through a proxy, or with another certificate authority',
    more: 'An `http.Agent` or `https.Agent` that fits the schemes of both addresses and does not reuse sockets. Not used by a `transport` or an `httpPost` of your own. By default each request and each dial has a socket of its own, past all proxies.',
    check: requireAgent,
  },
  userAgent: {
    kind: 'checked',
    type: 'string',
    about: 'The header `User-Agent` of every request',
    default: DEFAULT_USER_AGENT,
    defaultText: '`avatarkit-session/VERSION node/VERSION`',
    check: requireUserAgent,
    inFile: { kind: 'text', about: '' },
  },
  httpPost: {
    kind: 'function',
    type: 'ApplicationHttpPost',
    about:
      'Sends token requests to the console; one of your own may go through a proxy, and may resolve with the `Response` of fetch',
    defaultText: 'the HTTP client of Node',
  },
  clock: {
    kind: 'port',
    type: 'Clock',
    about: 'The clock; another one runs the whole session in virtual time',
    defaultText: 'the clock of the system',
    methods: ['nowMs', 'epochMs', 'schedule', 'afterPendingInput'],
  },
  random: {
    kind: 'port',
    type: 'Random',
    about: 'The random source; a seeded one reproduces every delay',
    defaultText: 'the source of the system',
    methods: ['next'],
  },
} as const satisfies Readonly<Record<string, OptionField>>);

/** Options that only a program can give to a session: functions for its events, and implementations. */
export interface SessionProgramOptions {
  /**
   * Called with every classified failure; `error.willRetry` says whether the session goes on. An error that
   * leaves the connection open is emitted when that is known, after at most 1 second.
   *
   * @default none
   */
  readonly onError?: ((error: AvatarSDKError) => unknown) | undefined;
  /**
   * Called before each wait.
   * @default none
   */
  readonly onRetry?: ((info: RetryInfo) => unknown) | undefined;
  /**
   * Called when a lost connection has been replaced; not for the first connection.
   * @default none
   */
  readonly onReconnect?: ((info: ReconnectInfo) => unknown) | undefined;
  /**
   * Called when the session goes from one state to another.
   * @default none
   */
  readonly onStateChange?: ((change: StateChange) => unknown) | undefined;
  /**
   * Called with every animation message, once and in order.
   * @default none
   */
  readonly onFrame?: ((frame: Frame) => unknown) | undefined;
  /**
   * Called when playback in the room has started, paused, resumed, ended or been interrupted.
   * @default none
   */
  readonly onPlayback?: ((event: PlaybackEvent) => unknown) | undefined;
  /**
   * Called exactly once, when the session has ended; once more after each `restart()`.
   * @default none
   */
  readonly onClose?: ((info: CloseInfo) => unknown) | undefined;
  /**
   * Called as in the SDKs of the vendor: the whole envelope as it came, and whether it is the last of its
   * request. A request has one id and one end in them, also after a reconnect. They are raw bytes of the
   * service: no text in them is redacted or escaped.
   *
   * @default none
   */
  readonly transportFrames?: ((envelope: Uint8Array, isLast: boolean) => unknown) | undefined;
  /**
   * Called with the Ogg Opus that `oggOpusEncoder` has made, right before it is sent. After a reconnect a new
   * stream begins, with the audio that is sent again, under the same request id.
   *
   * @default none
   */
  readonly onEncodedAudio?: ((reqId: string, bytes: Uint8Array) => unknown) | undefined;
  /**
   * Gets one line for each step of the session: a logger of pino, `consoleLogger()`, or one of that shape.
   * States are `debug`, retries and reconnects `warn`, giving up `error`. It gets no secrets. What it throws
   * is a process warning.
   *
   * @default none
   */
  readonly logger?: Logger | undefined;
  /**
   * Opens the WebSocket: `createWsTransport()`, `createWebSocketTransport()`, or one of your own.
   * @default the `ws` package
   */
  readonly transport?: Transport | undefined;
  /**
   * Shares the limits of a plan and the pace of dials with other processes. Asked after the connect gate and
   * before an attempt counts. `createMemoryCoordinator()` coordinates one process, `createRedisCoordinator()`
   * of `avatarkit-session/redis` a fleet.
   *
   * @default none: processes do not coordinate
   */
  readonly coordinator?: FleetCoordinator | undefined;
  /**
   * Makes the sockets to the console and to the ingress: through a proxy, or with another certificate
   * authority. An `http.Agent` or `https.Agent` that fits the schemes of both addresses and does not reuse
   * sockets. Not used by a `transport` or an `httpPost` of your own. By default each request and each dial
   * has a socket of its own, past all proxies.
   *
   * @default none
   */
  readonly agent?: Agent | undefined;
  /**
   * The header `User-Agent` of every request.
   * @default avatarkit-session/VERSION node/VERSION
   */
  readonly userAgent?: string | undefined;
  /**
   * Sends token requests to the console; one of your own may go through a proxy, and may resolve with the
   * `Response` of fetch.
   *
   * @default the HTTP client of Node
   */
  readonly httpPost?: ApplicationHttpPost | undefined;
  /**
   * The clock; another one runs the whole session in virtual time.
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
  /**
   * The random source; a seeded one reproduces every delay.
   * @default the source of the system
   */
  readonly random?: Random | undefined;
}
