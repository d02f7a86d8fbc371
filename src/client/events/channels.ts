/**
 * What sessions publish for the whole process on `node:diagnostics_channel`: the names of the channels and the messages on them. All texts
 * are redacted as those of errors are. Must not know who publishes, nor when.
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
 * Messages are published only where there is a subscriber, never for single chunks of audio or single frames. What a subscriber throws
 * does not reach a session; Node reports it as an uncaught exception, which ends a process that does not handle it.
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
  /** A session token is fetched, for a dial or ahead of it: `TokenMessage`. */
  token: 'avatarkit-session:token',
  /** An utterance, from `speak()` until its `finished` settles: `UtteranceMessage`. */
  utterance: 'avatarkit-session:utterance',
  /** The first frame of an utterance was handed over: its `UtteranceMessage`, the same object. */
  firstFrame: 'avatarkit-session:first-frame',
  /** The state has changed: `StateMessage`. */
  state: 'avatarkit-session:state',
  /** The session goes on after a delay: `RetryMessage`. */
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

/** What every message says about its session. */
export interface ChannelMessage {
  /** The session, over all its connections and restarts: `session.id`. */
  readonly sessionId: string;
  /** When it was published, or its operation began: Unix epoch, milliseconds, by the clock of the session. */
  readonly atMs: number;
  /** Where the session dials. */
  readonly endpoint: {
    /** Host name or address. */
    readonly host: string;
    /** Port; that of the scheme where the address names none. */
    readonly port: number;
  };
}

/** A dial. The same object in all messages of one dial; members are undefined until they are known. */
export interface DialMessage extends ChannelMessage {
  /** The number of the dial in its outage, from 1. */
  readonly attempt: number;
  /** Why there is a dial: the same word as the `reason` that a token provider is called with. */
  readonly reason: TokenReason;
  /** The token took so long, milliseconds; waits at gates are not part of it. */
  tokenMs: number | undefined;
  /** The upgrade took so long, milliseconds. */
  upgradeMs: number | undefined;
  /** From the upgrade to the confirmation, milliseconds. */
  handshakeMs: number | undefined;
  /** The whole dial, milliseconds. */
  durationMs: number | undefined;
  /** The HTTP status of a refused token request or upgrade. */
  httpStatus: number | undefined;
  /** The id of the connection, where it was confirmed. */
  result: string | undefined;
  /** Why it failed. Its verdict is written after the dial has ended. */
  error: AvatarSDKError | undefined;
}

/** A token that is fetched. The same object in all messages of one request; the token itself is not in it. */
export interface TokenMessage extends ChannelMessage {
  /** Why it is wanted: the same word as the `reason` that a token provider is called with. */
  readonly reason: TokenReason;
  /** Whether `init()` asked for it, and no dial. */
  readonly ahead: boolean;
  /** How long it took, milliseconds. */
  durationMs: number | undefined;
  /** The HTTP status of a refused request. */
  httpStatus: number | undefined;
  /** Always undefined: a token is a secret. */
  result: undefined;
  /** Why it failed. */
  error: AvatarSDKError | undefined;
}

/** An utterance. The same object in all messages of one utterance; members are undefined until they are known. */
export interface UtteranceMessage extends ChannelMessage {
  /** The id of the request, as the application knows it; the same after a re-send. */
  readonly reqId: string;
  /** The label that `speak` was given. */
  readonly label: string | undefined;
  /**
   * The trace that goes out with the first audio. A subscriber of `start` may set it where the application gave none; what is no W3C Trace
   * Context is ignored.
   */
  traceContext: TraceContext | undefined;
  /** Audio that was written, milliseconds; undefined for Ogg Opus outside of a room. */
  audioMs: number | undefined;
  /** Audio that was written, bytes. */
  bytes: number | undefined;
  /**
   * From the first audio to the first frame that was handed over, milliseconds; an outage, a pause and the utterances before it are part
   * of that.
   */
  firstFrameMs: number | undefined;
  /** Keyframes that came, each counted once; 0 in a room. */
  keyframes: number | undefined;
  /** How often it was sent again. */
  replays: number | undefined;
  /** Its outcome. */
  outcome: UtteranceOutcome | undefined;
  /** How far it was heard, milliseconds, as in its result; undefined where it failed. */
  positionMs: number | undefined;
  /** From `speak()` to the end, milliseconds. */
  durationMs: number | undefined;
  /** What `finished` resolved with. */
  result: unknown;
  /** What `finished` rejected with. */
  error: AvatarSDKError | undefined;
}

/** A change of the state, as the event `state`. */
export interface StateMessage extends ChannelMessage, StateChange {
  /** The phase that the session is in, or was in last. */
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
  /** Why the session was given up, in words, as in `explain()`; only with an `error`. */
  readonly why?: string;
}

/** A wait of a dial: one message when it begins, one when it is over. */
export interface WaitMessage extends ChannelMessage {
  /** Whether the wait begins or is over. */
  readonly stage: 'began' | 'ended';
  /** Why it waits, in a few words. */
  readonly reason: string;
  /** The least time that is known when it begins, milliseconds; 0 where that depends on others. */
  readonly leastMs: number;
  /** How long it waited, milliseconds; 0 when it begins. */
  readonly waitedMs: number;
  /** Whether the dial was let through; false when the wait begins, and where it was given up. */
  readonly admitted: boolean;
}

/** A wait of a dial at the connect gate. */
export interface GateWaitMessage extends WaitMessage {
  /** The endpoint whose gate it is: of WebSockets, or of tokens. */
  readonly gate: 'ingress' | 'console';
}

/** A wait for audio, in a session that the service had closed as idle. */
export interface IdleMessage extends ChannelMessage {
  /** Whether the wait begins or is over. */
  readonly stage: 'began' | 'ended';
  /** How long it waited, milliseconds; 0 when it begins. */
  readonly waitedMs: number;
}

/** A connection that is replaced on purpose; `connection-closed` and `reconnect` belong to it, too. */
export interface RolloverMessage extends ChannelMessage {
  /** The id of the connection that is replaced. */
  readonly connectionId: string;
  /** How long it lived, milliseconds. */
  readonly liveMs: number;
}

/** The end of a confirmed connection: one message for each dial with a `result`. */
export interface ConnectionClosedMessage extends ChannelMessage {
  /** The id of the connection. */
  readonly connectionId: string;
  /** The close code: 1000 where the session closed it, 1006 for a drop; undefined where it was given up for what came, or did not come. */
  readonly closeCode: number | undefined;
  /** From the confirmation to the end, milliseconds: the time that the service bills. */
  readonly liveMs: number;
}

/** A change of the session's place in its fleet. */
export interface FleetLeaseMessage extends ChannelMessage {
  /** What happened to the lease; `regained`: there is another one after a loss. */
  readonly change: 'acquired' | 'lost' | 'regained' | 'released';
  /** A few words for people. */
  readonly reason: string;
  /** How long the session waited for the lease, milliseconds; 0 where it was lost or released. */
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
