/**
 * What sessions publish for the whole process on `node:diagnostics_channel`: the names of the channels and the messages on them. All
 * texts are redacted like those of errors. Must not know when messages are published.
 */
import { operationChannel, pointChannel } from '../../adapters/node/diagnostics-channels.js';
import type { OperationChannel, PointChannel } from '../../adapters/node/diagnostics-channels.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { Phase } from '../../core/failure/avatar-sdk-error-code.js';
import type { TraceContext } from '../../ports/message.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { CloseInfo, ReconnectInfo, RetryInfo, StateChange } from './session-events.js';

/**
 * The names of the channels of `node:diagnostics_channel`. `dial`, `token` and `utterance` are operations: give the name to
 * `tracingChannel()`. The others are facts: give the name to `subscribe()`.
 *
 * Messages are published only if there is a subscriber, never for single chunks of audio or single frames. An error that a subscriber
 * throws does not reach a session; Node reports it as an uncaught exception, which ends a process that does not handle it.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 *
 * subscribe(CHANNELS.retry, (message) => {
 *   const { sessionId, attempt, delayMs } = message as RetryMessage;
 *   console.warn(`session ${sessionId}: attempt ${attempt} in ${delayMs} ms`);
 * });
 * ```
 */
export const CHANNELS = Object.freeze({
  /** One try to connect, from the token to the confirmation: `DialMessage`. */
  dial: 'avatarkit-session:dial',
  /** A session token is fetched, for a dial or before one: `TokenMessage`. */
  token: 'avatarkit-session:token',
  /** An utterance, from `speak()` until its `finished` settles: `UtteranceMessage`. */
  utterance: 'avatarkit-session:utterance',
  /** The first frame of an utterance was handed over: its `UtteranceMessage`, the same object. */
  firstFrame: 'avatarkit-session:first-frame',
  /** The state has changed: `StateMessage`. */
  state: 'avatarkit-session:state',
  /** The session retries after a delay: `RetryMessage`. */
  retry: 'avatarkit-session:retry',
  /** A connection has replaced the one before: `ReconnectMessage`. */
  reconnect: 'avatarkit-session:reconnect',
  /** A failure: `ErrorMessage`. */
  error: 'avatarkit-session:error',
  /** The session is over: `CloseMessage`. */
  close: 'avatarkit-session:close',
  /** A dial waits at the connect gate: `GateWaitMessage`. */
  gateWait: 'avatarkit-session:gate-wait',
  /** A session that the service closed as idle waits for audio: `IdleMessage`. */
  idle: 'avatarkit-session:idle',
  /** A connection is replaced before the service's limit ends it: `RolloverMessage`. */
  rollover: 'avatarkit-session:rollover',
  /** A confirmed connection is over: `ConnectionClosedMessage`. */
  connectionClosed: 'avatarkit-session:connection-closed',
  /** A dial waits for the coordinator of the fleet: `WaitMessage`. */
  fleetWait: 'avatarkit-session:fleet-wait',
  /** The session's place in the fleet: `FleetLeaseMessage`. */
  fleetLease: 'avatarkit-session:fleet-lease',
} as const);

/** The members of every message. */
export interface ChannelMessage {
  /** The session, across all its connections and restarts: `session.id`. */
  readonly sessionId: string;
  /** When it was published, or its operation began: Unix epoch, milliseconds, by the clock of the session. */
  readonly atMs: number;
  /** The endpoint that the session dials. */
  readonly endpoint: {
    /** Host name or address. */
    readonly host: string;
    /** Port; the default of the scheme if the address has none. */
    readonly port: number;
  };
}

/** A dial. The same object in all messages of one dial; members are undefined until they are known. */
export interface DialMessage extends ChannelMessage {
  /** The number of the dial in its outage, from 1. */
  readonly attempt: number;
  /** The reason for the dial: the same word as the `reason` that a token provider is called with. */
  readonly reason: TokenReason;
  /** The time until the token was there, milliseconds, without waits at gates. */
  tokenMs: number | undefined;
  /** The time of the upgrade, milliseconds. */
  upgradeMs: number | undefined;
  /** From the upgrade to the confirmation, milliseconds. */
  handshakeMs: number | undefined;
  /** The whole dial, milliseconds. */
  durationMs: number | undefined;
  /** The HTTP status of a refused token request or upgrade. */
  httpStatus: number | undefined;
  /** The id of the connection, if it was confirmed. */
  result: string | undefined;
  /** The failure of the dial. Its verdict is written after the dial has ended. */
  error: AvatarSDKError | undefined;
}

/** A token request. The same object in all messages of one request; the token itself is not in it. */
export interface TokenMessage extends ChannelMessage {
  /** The reason for the request: the same word as the `reason` that a token provider is called with. */
  readonly reason: TokenReason;
  /** Whether `init()` requested it, and not a dial. */
  readonly ahead: boolean;
  /** The duration of the request, milliseconds. */
  durationMs: number | undefined;
  /** The HTTP status of a refused request. */
  httpStatus: number | undefined;
  /** Always undefined: a token is a secret. */
  result: undefined;
  /** The failure of the request. */
  error: AvatarSDKError | undefined;
}

/** An utterance. The same object in all messages of one utterance; members are undefined until they are known. */
export interface UtteranceMessage extends ChannelMessage {
  /** The id of the request, as the application knows it; the same after a re-send. */
  readonly reqId: string;
  /** The label that `speak` was given. */
  readonly label: string | undefined;
  /**
   * The trace that is sent with the first audio. A subscriber of `start` may set it if the application gave none; a value that is no W3C
   * Trace Context is ignored.
   */
  traceContext: TraceContext | undefined;
  /** Audio that was written, milliseconds; undefined for Ogg Opus outside of a room. */
  audioMs: number | undefined;
  /** Audio that was written, bytes. */
  bytes: number | undefined;
  /**
   * From the first written audio to the first frame handed over, milliseconds, including an outage, a pause and earlier utterances in
   * between.
   */
  firstFrameMs: number | undefined;
  /** Received keyframes, each counted once; 0 in a room. */
  keyframes: number | undefined;
  /** How often it was sent again. */
  replays: number | undefined;
  /** Its outcome. */
  outcome: UtteranceOutcome | undefined;
  /** How far it was heard, milliseconds, as in its result; undefined if it failed. */
  positionMs: number | undefined;
  /** From `speak()` to the end, milliseconds. */
  durationMs: number | undefined;
  /** The value with which `finished` resolved. */
  result: unknown;
  /** The error with which `finished` rejected. */
  error: AvatarSDKError | undefined;
}

/** A change of the state, as the event `state`. */
export interface StateMessage extends ChannelMessage, StateChange {
  /** The current phase of the session, or its latest one. */
  readonly phase: Phase;
}

/** A wait before the next attempt, as the event `retry`. */
export interface RetryMessage extends ChannelMessage, RetryInfo {
  /** The decision in words, as in `explain()`. */
  readonly why: string;
}

/** A connection that replaced the one before, as the event `reconnect`. */
export interface ReconnectMessage extends ChannelMessage, ReconnectInfo {}

/** A failure, as the event `error`. */
export interface ErrorMessage extends ChannelMessage {
  /** The failure, with its verdict. */
  readonly error: AvatarSDKError;
}

/** The end of a session, as the event `close`. */
export interface CloseMessage extends ChannelMessage, CloseInfo {
  /** Why the session gave up, in words, as in `explain()`; only with an `error`. */
  readonly why?: string;
}

/** A wait of a dial: one message at its beginning, one at its end. */
export interface WaitMessage extends ChannelMessage {
  /** Whether the wait begins or ends. */
  readonly stage: 'began' | 'ended';
  /** The reason for the wait, in a few words. */
  readonly reason: string;
  /** The shortest possible wait, as far as it is known at the beginning, milliseconds; 0 if it depends on other dials. */
  readonly leastMs: number;
  /** The duration of the wait, milliseconds; 0 at the beginning. */
  readonly waitedMs: number;
  /** Whether the dial may continue; false at the beginning, and if the dial was given up. */
  readonly admitted: boolean;
}

/** A wait of a dial at the connect gate. */
export interface GateWaitMessage extends WaitMessage {
  /** The endpoint of the gate: of WebSockets, or of tokens. */
  readonly gate: 'ingress' | 'console';
}

/** A wait for audio, in a session that the service had closed as idle. */
export interface IdleMessage extends ChannelMessage {
  /** Whether the wait begins or ends. */
  readonly stage: 'began' | 'ended';
  /** The duration of the wait, milliseconds; 0 at the beginning. */
  readonly waitedMs: number;
}

/** A planned replacement of a connection, which also publishes `connection-closed` and `reconnect`. */
export interface RolloverMessage extends ChannelMessage {
  /** The id of the connection that is replaced. */
  readonly connectionId: string;
  /** How long it lasted, milliseconds. */
  readonly liveMs: number;
}

/** The end of a confirmed connection: one message for each dial with a `result`. */
export interface ConnectionClosedMessage extends ChannelMessage {
  /** The id of the connection. */
  readonly connectionId: string;
  /**
   * The close code: 1000 if the session closed it, 1006 for a drop; undefined if the session gave it up because of an invalid message or
   * a missing answer.
   */
  readonly closeCode: number | undefined;
  /** From the confirmation to the end, milliseconds: the time that the service bills. */
  readonly liveMs: number;
}

/** A change of the session's place in its fleet. */
export interface FleetLeaseMessage extends ChannelMessage {
  /** What happened to the lease; `regained`: a new lease after a loss. */
  readonly change: 'acquired' | 'lost' | 'regained' | 'released';
  /** A few words for people. */
  readonly reason: string;
  /** How long the session waited for the lease, milliseconds; 0 if it was lost or released. */
  readonly waitedMs: number;
}

/** The message of each channel for facts, by its key in `CHANNELS`. */
export interface PointMessages {
  state: StateMessage;
  retry: RetryMessage;
  reconnect: ReconnectMessage;
  error: ErrorMessage;
  close: CloseMessage;
  gateWait: GateWaitMessage;
  idle: IdleMessage;
  rollover: RolloverMessage;
  connectionClosed: ConnectionClosedMessage;
  fleetWait: WaitMessage;
  fleetLease: FleetLeaseMessage;
  firstFrame: UtteranceMessage;
}

/** The message of each channel for operations, by its key in `CHANNELS`. */
export interface OperationMessages {
  dial: DialMessage;
  token: TokenMessage;
  utterance: UtteranceMessage;
}

export type PointName = keyof PointMessages;
export type OperationName = keyof OperationMessages;

const OPERATION_NAMES = ['dial', 'token', 'utterance'] as const satisfies readonly OperationName[];
const isOperation = (name: string): boolean => (OPERATION_NAMES as readonly string[]).includes(name);

export const OPERATIONS: Readonly<Record<OperationName, OperationChannel>> = Object.freeze({
  dial: operationChannel(CHANNELS.dial),
  token: operationChannel(CHANNELS.token),
  utterance: operationChannel(CHANNELS.utterance),
});

export const POINTS = Object.freeze(
  Object.fromEntries(
    Object.entries(CHANNELS)
      .filter(([name]) => !isOperation(name))
      .map(([name, channel]) => [name, pointChannel(channel)]),
  ),
) as Readonly<Record<PointName, PointChannel>>;
