/**
 * The facts that were observed when something failed, before they are interpreted (one variant per kind of evidence), and the result of
 * `classify`: the fields of a failure, or "no failure". The shell only collects facts. Both may hold secrets, so the application gets
 * them only as errors made by `toAvatarSDKError`, which hold none.
 */
import type { AvatarSDKErrorCode, FailureOrigin, Phase, Step } from './avatar-sdk-error-code.js';
import type { AvatarSDKErrorFields } from './avatar-sdk-error.js';
import type { LocalProblem } from './local-problem.js';

interface Where {
  readonly phase: Phase;
  readonly step: Step;
  /** Whether the session publishes into a LiveKit or Agora room: some texts have another meaning then. */
  readonly usesEgress: boolean;
  /** The id of the connection on which the failure happened, if the service had confirmed one. */
  readonly connectionId?: string;
  /** The service had confirmed a connection of this session before: same credentials, same addresses. */
  readonly confirmedBefore?: boolean;
}

/** An HTTP answer that is a refusal: of the token request, or of the upgrade. */
export interface HttpRefused extends Where {
  readonly kind: 'httpRefused';
  readonly httpStatus: number;
  /** Lower-cased header names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text, already cut to the reader's bound; may be empty. */
  readonly body: string;
}

/** The token request was answered with 200, but without a usable token. */
export interface TokenMissing extends Where {
  readonly kind: 'tokenMissing';
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The state of the heartbeat when a connection ended. */
export interface SilenceBefore {
  /** Time since the last bytes of the peer, milliseconds; exact to half a tick of the heartbeat while the event loop is not blocked. */
  readonly silentMs: number;
  /** Whether a ping was unanswered. */
  readonly pingOverdue: boolean;
  /** Whether a ping was ever answered on this connection. */
  readonly pingAnswered: boolean;
}

/** Connections are cut repeatedly after the same silence: an idle time-out on the path. */
export interface IdleCuts {
  readonly silentMs: number;
  /** The interval of pings from now on, milliseconds; absent where there are none. */
  readonly pingEveryMs?: number;
}

/** The WebSocket was closed by the peer, or broke (1006). */
export interface SocketClosed extends Where {
  readonly kind: 'socketClosed';
  readonly closeCode: number;
  readonly closeReason: string;
  /** Whether the service had confirmed this connection. */
  readonly confirmed: boolean;
  /** Requests without their last frame. A close with 1000 while there are none is a normal end, not a failure. */
  readonly unfinishedRequests: number;
  /** The cause of the broken connection, if the transport reports it: a reset, a time-out, an end without a close frame. */
  readonly cause?: unknown;
  readonly silence?: SilenceBefore;
  readonly idleCuts?: IdleCuts;
}

/** A ServerError message (type 4). */
export interface ServerErrorReceived extends Where {
  readonly kind: 'serverErrorReceived';
  readonly serverCode: number;
  readonly message: string;
  readonly reqId?: string;
  readonly confirmed: boolean;
}

/** The transport failed below HTTP and WebSocket: DNS, refused, reset, unreachable, TLS, malformed URL. */
export interface TransportFailed extends Where {
  readonly kind: 'transportFailed';
  /** The system's or the runtime's own code: `ECONNREFUSED`, `ERR_INVALID_URL`, `CERT_HAS_EXPIRED`, … */
  readonly errno?: string;
  /** A function of the application threw this, and the system did not cause it. */
  readonly ofApplication?: boolean;
  readonly message: string;
  readonly cause?: unknown;
}

/** One step took longer than its time-out. */
export interface StepTimedOut extends Where {
  readonly kind: 'stepTimedOut';
  readonly timeoutMs: number;
  /** The step had less time than its own limit, because the limit of the outage (`maxElapsedMs`) came first. */
  readonly cut?: boolean;
  /** The step was a function of the application that did not settle. */
  readonly ofApplication?: boolean;
}

/** A ping was not answered, and no other bytes came. */
export interface HeartbeatMissed extends Where {
  readonly kind: 'heartbeatMissed';
  readonly silentMs: number;
  /** Whether a ping was ever answered on this connection. */
  readonly pingAnswered?: boolean;
  /** Successive losses of this kind on connections that never answered a ping, this one included; only if they show a pattern. */
  readonly neverAnswered?: number;
}

/** The peer broke the protocol: a text frame, undecodable bytes, an oversized frame, a wrong first reply. */
export interface ProtocolViolated extends Where {
  readonly kind: 'protocolViolated';
  readonly message: string;
  /** It was a valid message of the protocol at the wrong time, so the service sent it. */
  readonly ofService?: boolean;
  readonly cause?: unknown;
}

/** The application's token provider or egress function threw or rejected. */
export interface TokenProviderFailed extends Where {
  readonly kind: 'tokenProviderFailed';
  readonly message: string;
  readonly cause?: unknown;
}

/** Refused on this side, before anything was sent; the place that refuses also sets the code. */
export interface RefusedLocally extends Where {
  readonly kind: 'refusedLocally';
  readonly code: AvatarSDKErrorCode;
  /** The specific problem, where the code alone is too general. */
  readonly problem?: LocalProblem;
  /** Default: `local`. */
  readonly origin?: FailureOrigin;
  readonly message: string;
  readonly reqId?: string;
  readonly cause?: unknown;
}

export type FailureFacts =
  | HttpRefused
  | TokenMissing
  | SocketClosed
  | ServerErrorReceived
  | TransportFailed
  | StepTimedOut
  | HeartbeatMissed
  | ProtocolViolated
  | TokenProviderFailed
  | RefusedLocally;

/** A failure with its code: every field of the later error, not yet redacted or bounded. */
export interface ClassifiedFailure extends AvatarSDKErrorFields {
  readonly normalEnd: false;
  readonly origin: FailureOrigin;
  /** The row of the table that led to the code, in words without secrets. */
  readonly matchedRow: string;
}

/** The service closed a confirmed session with 1000 while no request was open: the session is over without a failure. */
export interface NormalEnd {
  readonly normalEnd: true;
  readonly matchedRow: string;
  readonly closeCode: number;
  readonly closeReason: string;
  readonly connectionId?: string;
}

export type Classification = ClassifiedFailure | NormalEnd;
