/** The options of the embedded service, for its users: meaning, defaults and bounds. */
import type { Clock } from '../../ports/clock.js';
import type { Amount, Fault } from '../fault/fault.js';

/** An application and its API key. */
export interface EmulatedApp {
  /** The id of the application. */
  readonly appId: string;
  /** The API key of the account. */
  readonly apiKey: string;
  /**
   * The limit of the account's plan: with more sessions it gets 429, independent of other accounts.
   *
   * @default Infinity
   */
  readonly maxSessions?: number;
  /**
   * The remaining session time of this account, milliseconds; after it, connections close with 4001 and upgrades
   * get 402.
   *
   * @default Infinity
   */
  readonly creditMs?: number;
}

/** The options of the embedded service. Wrong ones reject before any I/O. */
export interface EmulatorOptions {
  /**
   * The port on loopback, 0 to 65 535; 0 takes a free one.
   *
   * @default 0
   */
  readonly port?: number;
  /**
   * The address on which it listens: loopback, or every interface (`0.0.0.0` and `::`), for example in a container. The
   * latter need `allowedHosts`. The API key is public, so restrict access by other means.
   *
   * @default 127.0.0.1
   */
  readonly host?: '127.0.0.1' | '::1' | 'localhost' | '0.0.0.0' | '::';
  /**
   * Host names, without port, that are allowed in `Host` and `Origin` of a request in addition to those of loopback;
   * other requests get 403. For a gateway or container with a host name of its own.
   *
   * @default none
   */
  readonly allowedHosts?: readonly string[];
  /**
   * The seed of every random choice of the service.
   *
   * @default 1
   */
  readonly seed?: number;
  /**
   * The faults of the service, and when they happen.
   *
   * @default []
   */
  readonly faults?: readonly Fault[];
  /**
   * The applications that exist. A token is bound to the first app with the API key of the request.
   *
   * @default one app, the `credentials`
   */
  readonly apps?: readonly EmulatedApp[];
  /**
   * Ids of the avatars that exist.
   *
   * @default one avatar, of the `credentials`
   */
  readonly avatars?: readonly string[];
  /**
   * Shape of error bodies of the token endpoint. A: `{ errors: [{ status, title, detail, … }] }`, B: `{
   * message }`, C: `{ error: { code, message, request_id } }`, D: HTML.
   *
   * @default A
   */
  readonly tokenErrorShape?: 'A' | 'B' | 'C' | 'D';
  /**
   * The field of a token answer with the token.
   *
   * @default sessionToken
   */
  readonly tokenField?: 'sessionToken' | 'session_token' | 'sessionKey' | 'token';
  /**
   * Whether that field is inside `data`.
   *
   * @default false
   */
  readonly tokenInData?: boolean;
  /**
   * The longest lifetime of a token, milliseconds, 1 to 2³¹−1, even if a later expiry was requested.
   *
   * @default Infinity
   */
  readonly tokenLifetimeMs?: number;
  /**
   * A token opens one connection.
   *
   * @default true
   */
  readonly singleUseTokens?: boolean;
  /**
   * Capabilities that the service announces with the confirmation, and has.
   *
   * @default ['playback_control', 'playback_state']
   */
  readonly capabilities?: readonly string[];
  /**
   * Keyframes per animation message, 1 to 1000; the last one of a request may have fewer.
   *
   * @default 1
   */
  readonly keyframesPerMessage?: Amount;
  /**
   * Speed of sending keyframes: as they are computed, 25 per second (`realtime`), or that times a factor up
   * to 1000.
   *
   * @default realtime with a `clock`; unpaced otherwise
   */
  readonly pace?: 'unpaced' | 'realtime' | number;
  /**
   * Whether keyframes of a request wait until those of earlier requests on the connection are sent, in the order of
   * playback. For a room see `egressOverlap`.
   *
   * @default parallel
   */
  readonly overlap?: 'parallel' | 'queue';
  /**
   * Makes the decoder of one Ogg Opus stream: from its packets to mono PCM s16le at the session's sample rate.
   * Keyframes are then made from the audio; without a decoder they are counted by the positions of the pages.
   *
   * @default none
   */
  readonly createOpusDecoder?: (sampleRateHz: number) => (packet: Uint8Array) => Uint8Array;
  /**
   * Without audio input for this long the connection is closed, milliseconds, 1 to 2³¹−1; Infinity for
   * never.
   *
   * @default 60_000
   */
  readonly idleTimeoutMs?: number;
  /**
   * The code of that close.
   *
   * @default 1008
   */
  readonly idleCloseCode?: 1008 | 1011;
  /**
   * The longest session, milliseconds, 1 to 2³¹−1; after it, the connection closes with 4002.
   *
   * @default Infinity
   */
  readonly maxSessionMs?: number;
  /**
   * The remaining session time of all sessions together, milliseconds; after it, connections close with 4001 and
   * upgrades get 402.
   *
   * @default Infinity
   */
  readonly creditMs?: number;
  /**
   * Open connections above which upgrades get 429.
   *
   * @default Infinity
   */
  readonly maxSessions?: number;
  /**
   * Retry-After of that 429, seconds.
   *
   * @default none
   */
  readonly retryAfterSeconds?: number;
  /**
   * How a session above a limit is refused: with 429 at the upgrade, or accepted and closed with 4003.
   *
   * @default refuse
   */
  readonly overLimit?: 'refuse' | 'close';
  /**
   * How long a connection lost without a close frame still counts against the limits, milliseconds, 0 to
   * 2³¹−1.
   *
   * @default 0
   */
  readonly ghostMs?: number;
  /**
   * What is accepted as a token for a LiveKit room: `any` string that is no JWT, or only a `jwt`. A JWT that is
   * malformed or has expired is refused in both cases, as a room refuses it.
   *
   * @default any
   */
  readonly roomTokens?: 'any' | 'jwt';
  /**
   * Whether the expiry of a token ends the session that it opened, with close 4010.
   *
   * @default false
   */
  readonly tokenEndsSession?: boolean;
  /**
   * Speed of the playout in egress mode, up to 10 000; 1 is real time.
   *
   * @default 1
   */
  readonly playoutSpeed?: number;
  /**
   * Period of PlaybackState `playing` during playout, real milliseconds; Infinity for none.
   *
   * @default 1_000
   */
  readonly playbackStateIntervalMs?: number;
  /**
   * Whether a new request waits for the one that plays in egress mode, or ends it.
   *
   * @default queue
   */
  readonly egressOverlap?: 'queue' | 'preempt';
  /**
   * A pause longer than this interrupts the request, milliseconds, 1 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly pauseTimeoutMs?: number;
  /**
   * Largest message accepted from a client, bytes; a larger one closes with 1009.
   *
   * @default 1_048_576
   */
  readonly maxMessageBytes?: number;
  /**
   * Log entries kept, 1 to 10 000 000; the oldest are dropped.
   *
   * @default 100_000
   */
  readonly maxLogEntries?: number;
  /**
   * The limit of all audio that is kept for `heard`, bytes, 0 to 2⁵³−1; audio of the oldest requests is dropped first.
   *
   * @default 67_108_864 with a `clock`; 0 otherwise
   */
  readonly maxHeardBytes?: number;
  /**
   * The clock of the service and of the sessions that get its `sessionOptions`: `createVirtualClock()`,
   * `createFakeTimersClock()`, or one of your own. Then no socket is used: the service runs in the process.
   *
   * @default sockets, in real time
   */
  readonly clock?: Clock;
  /**
   * With a `clock`: the latency between session and service, in each direction, milliseconds, 0 to 2³¹−1.
   *
   * @default 0
   */
  readonly latencyMs?: number;
}
