/**
 * The closed vocabulary of misbehaviour: what the embedded service can do wrong, and when. Plain JSON values, so that
 * a plan can be written in a test, on a command line or in a file. Matching is in fault-plan.ts, checking of
 * unknown values in fault-check.ts; nothing here knows how a fault is carried out.
 */

/**
 * Where a fault strikes, and what `nth` counts there:
 * - `token`: requests at the token endpoint
 * - `upgrade`: WebSocket upgrade requests
 * - `handshake`: connections whose first message arrived
 * - `runtime`: connections that were confirmed
 */
export type FaultPhase = 'token' | 'upgrade' | 'handshake' | 'runtime';

/** A fixed number, or a closed range of whole numbers from which the seed draws one each time the fault is armed. */
export type Amount = number | readonly [least: number, most: number];

export interface FaultTrigger {
  /** Only the nth occurrence of the phase, counted from 1 over the whole service. Default: any. */
  readonly nth?: number;
  /** Chance from 0 to 1, drawn once per occurrence (at runtime: once per connection). Default 1. */
  readonly probability?: number;
  /** How often it may fire in all. Default 1. */
  readonly times?: number | 'always';
}

/**
 * Conditions at runtime; all that are given must hold. Without any, the fault strikes right after the confirmation.
 * Amounts count from the confirmation (for an injected fault: from the injection), or within the request if `request` is given.
 */
export interface RuntimeTrigger extends FaultTrigger {
  /** Only the nth request of the connection, counted from 1. */
  readonly request?: number;
  /** After at least this many keyframes were sent (with egress: generated). */
  readonly afterKeyframes?: Amount;
  readonly afterMs?: Amount;
  readonly afterAudioBytes?: Amount;
}

type On<Kind extends string, Phase extends FaultPhase, Detail = unknown> = Phase extends 'runtime'
  ? { readonly kind: Kind; readonly phase: Phase } & RuntimeTrigger & Detail
  : { readonly kind: Kind; readonly phase: Phase } & FaultTrigger & Detail;

interface CloseDetail {
  readonly code: number;
  /** Default empty; at most 123 bytes of UTF-8. */
  readonly reason?: string;
}

/** Answers with this HTTP response instead. 101 with false headers makes a malformed upgrade. */
export type RefuseFault = On<
  'refuse',
  'token' | 'upgrade',
  { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
>;
/**
 * A gateway in front of the service answers: a page of HTML with `status` and a matching title (or `title`); with `json`, an
 * error as JSON, as API gateways write it. A status of 3xx names another host in `Location`; 200 is a maintenance page.
 */
export type GatewayPageFault = On<
  'gatewayPage',
  'token' | 'upgrade',
  {
    readonly status: number;
    readonly title?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly json?: boolean;
  }
>;
/** TCP reset. */
export type ResetFault = On<'reset', FaultPhase>;
/** Accepts and never answers; in the handshake pings are still answered. */
export type HangFault = On<'hang', 'token' | 'upgrade' | 'handshake'>;
/** Answers late. At runtime everything sent is held back once, in order; pings are still answered. */
export type DelayFault = On<'delay', FaultPhase, { readonly delayMs: number }>;
/** Confirms, then drops the TCP connection without a close frame; with `code`, after a close frame instead. */
export type AcceptThenDropFault = On<
  'acceptThenDrop',
  'handshake',
  { readonly dropAfterMs?: number; readonly code?: number }
>;
/** A close frame; in the handshake instead of the confirmation. */
export type CloseFault = On<'close', 'handshake' | 'runtime', CloseDetail>;
/** A ServerError; in the handshake instead of the confirmation. `reqId` defaults to `none`. */
export type ServerErrorFault = On<
  'serverError',
  'handshake' | 'runtime',
  {
    readonly code: number;
    readonly message: string;
    readonly reqId?: 'current' | 'foreign' | 'none';
    readonly thenClose?: CloseDetail;
  }
>;
/** `count` (default 1) binary messages of `bytes` (default 64) random bytes that are no envelope. */
export type GarbleFault = On<
  'garble',
  'handshake' | 'runtime',
  { readonly bytes?: number; readonly count?: number }
>;
/** `count` (default 1) text messages. */
export type TextFrameFault = On<
  'textFrame',
  'handshake' | 'runtime',
  { readonly text?: string; readonly count?: number }
>;
/**
 * `frame`: half of a WebSocket frame, then the TCP connection ends. `message`: a whole frame that holds half an
 * envelope, as an extra; nothing of the real stream is lost by it.
 */
export type TruncateFault = On<
  'truncate',
  'handshake' | 'runtime',
  { readonly variant: 'frame' | 'message' }
>;
/**
 * Half-open: handles nothing, answers no ping, sends nothing, keeps TCP open. For good, or for `durationMs`, after which
 * everything that came in is handled. Bytes are still taken from the kernel, so that the peer's own close is
 * noticed; `stopReading` leaves them there (the peer meets backpressure, its close is noticed only at `stop`).
 */
export type SilenceFault = On<
  'silence',
  'handshake' | 'runtime',
  { readonly durationMs?: number; readonly stopReading?: boolean }
>;
/**
 * Takes nothing and answers nothing any more, keeps the connection open. Pings are still answered, unless `pongs` is
 * false.
 */
export type DeafFault = On<'deaf', 'runtime', { readonly pongs?: boolean }>;
/** Answers no ping any more; everything else goes on. As behind a balancer that does not pass pings. */
export type NoPongsFault = On<'noPongs', 'runtime'>;
/** `count` (default 61) pings at once, in one TCP segment as far as the kernel allows. */
export type PingBurstFault = On<'pingBurst', 'runtime', { readonly count?: number }>;
/**
 * The end of a segment before the client's own end: a message with keyframes carries `end`; with egress it is said
 * as soon as all audio so far has been played. The request goes on.
 */
export type EarlyEndFault = On<'earlyEnd', 'runtime'>;
/** One more, empty, end message. */
export type DuplicateEndFault = On<'duplicateEnd', 'runtime'>;
/** The end of a request is never said; its keyframes are. */
export type DropEndFault = On<'dropEnd', 'runtime'>;
/** A message with keyframes is sent twice. */
export type DuplicateFrameFault = On<'duplicateFrame', 'runtime'>;
/** A PlaybackState says a position `byMs` (default 500) lower than the last one said. */
export type PlayedMsBackwardsFault = On<'playedMsBackwards', 'runtime', { readonly byMs?: number }>;
/** After an interrupt `keyframes` (default 5) more arrive for that request, spread over `overMs` (default 0). */
export type FramesAfterInterruptFault = On<
  'framesAfterInterrupt',
  'runtime',
  { readonly keyframes?: number; readonly overMs?: number }
>;
/** `count` (default 1) keyframes, and an end, for a request nobody made; in the handshake before the confirmation. */
export type ForeignFramesFault = On<'foreignFrames', 'handshake' | 'runtime', { readonly count?: number }>;
/** One binary message of this many bytes. */
export type OversizedFrameFault = On<'oversizedFrame', 'handshake' | 'runtime', { readonly bytes: number }>;
/** The confirmation lacks this capability, and the service behaves accordingly. */
export type MissingCapabilityFault = On<'missingCapability', 'handshake', { readonly capability: string }>;
/** The confirmation has an empty connection_id. */
export type EmptyConnectionIdFault = On<'emptyConnectionId', 'handshake'>;
/**
 * The confirmation, a message of an unknown type and `count` (default 1) keyframes of nobody's request are written
 * at once, in one TCP segment as far as the kernel allows.
 */
export type ConfirmThenFramesFault = On<'confirmThenFrames', 'handshake', { readonly count?: number }>;

export type Fault =
  | RefuseFault
  | GatewayPageFault
  | ResetFault
  | HangFault
  | DelayFault
  | AcceptThenDropFault
  | CloseFault
  | ServerErrorFault
  | GarbleFault
  | TextFrameFault
  | TruncateFault
  | SilenceFault
  | DeafFault
  | NoPongsFault
  | PingBurstFault
  | EarlyEndFault
  | DuplicateEndFault
  | DropEndFault
  | DuplicateFrameFault
  | PlayedMsBackwardsFault
  | FramesAfterInterruptFault
  | ForeignFramesFault
  | OversizedFrameFault
  | MissingCapabilityFault
  | EmptyConnectionIdFault
  | ConfirmThenFramesFault;

export type FaultKind = Fault['kind'];
/** The faults that can strike in a phase. */
export type FaultIn<Phase extends FaultPhase> = Extract<Fault, { readonly phase: Phase }>;
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;
