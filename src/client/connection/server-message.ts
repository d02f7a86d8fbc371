/**
 * The meaning of the service's first message: the confirmation, its refusal, or a breach of the protocol. Also errors as facts, and how
 * many frames may be of no use. Uses no socket; the connection decides what follows.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type {
  FailureFacts,
  ProtocolViolated,
  SocketClosed,
  SilenceBefore,
} from '../../core/failure/failure-facts.js';
import { addKnown, bareObject } from '../../core/option/plain-object.js';
import type { RepeatedTexts } from '../../ports/codec.js';
import { MessageType, WireError } from '../../ports/message.js';
import type {
  IgnoredMessage,
  ServerConfirmSession,
  ServerError,
  ServerMessage,
} from '../../ports/message.js';

export type ConnectionWhere = Pick<FailureFacts, 'phase' | 'step' | 'usesEgress' | 'connectionId'>;

/** @param confirmedId the id of the connection, once it is confirmed */
export function whereOf(
  step: ConnectionWhere['step'],
  usesEgress: boolean,
  confirmedId: string | undefined,
): ConnectionWhere {
  return confirmedId === undefined
    ? { phase: 'websocket_connect', step: 'handshake', usesEgress }
    : { phase: 'websocket_runtime', step, usesEgress, connectionId: confirmedId };
}

/** Rejects the handshake, with the facts for the code that interprets them. */
export class HandshakeFailed extends Error {
  override readonly name = 'HandshakeFailed';
  readonly facts: FailureFacts;
  constructor(facts: FailureFacts) {
    super(facts.kind);
    this.facts = facts;
  }
}

/** The confirmation, or the facts of the failure. */
export function readHandshakeAnswer(
  data: Uint8Array | string,
  where: ConnectionWhere,
): ServerConfirmSession | FailureFacts {
  const violation = (message: string): ProtocolViolated => ({ ...where, kind: 'protocolViolated', message });
  if (typeof data === 'string') return violation('the service answered the handshake with a text frame');
  const message = decodeOrError(data);
  if (message instanceof WireError) return violation(`undecodable handshake answer: ${message.message}`);
  // No request is open yet, whatever id the error names.
  if (message.type === MessageType.serverError) return errorFacts({ ...message, reqId: '' }, where, false);
  if (message.type !== MessageType.serverConfirmSession) {
    const isKnown = message.type !== 'ignored';
    const type = isKnown ? message.type : message.messageType;
    return { ...violation(`message type ${type} came instead of a confirmation`), ofService: isKnown };
  }
  if (message.connectionId !== '') return message;
  return { ...violation('the confirmation has no connection id'), ofService: true };
}

/** Like `Codec.decode`, with the error as a value: undecodable bytes and text are nothing exceptional on a network. */
export function decodeOrError(
  data: Uint8Array | string,
  texts?: RepeatedTexts,
): ServerMessage | IgnoredMessage | WireError {
  if (typeof data === 'string') return new WireError('text frame');
  try {
    return AVATAR_CODEC.decode(data, texts);
  } catch (error) {
    return error instanceof WireError ? error : new WireError(String(error));
  }
}

/** The facts of a ServerError message. */
export function errorFacts(message: ServerError, where: ConnectionWhere, confirmed: boolean): FailureFacts {
  return {
    ...where,
    ...(message.connectionId === '' ? {} : { connectionId: message.connectionId }),
    ...(message.reqId === '' ? {} : { reqId: message.reqId }),
    kind: 'serverErrorReceived',
    serverCode: message.code,
    message: message.message,
    confirmed,
  };
}

/** Used if a transport reports an end without a valid close code: a transport of the application may give anything. */
const ABNORMAL_CLOSURE = 1006;

export function closeOf(
  closeCode: unknown,
  closeReason: unknown,
  cause: unknown,
): Pick<SocketClosed, 'closeCode' | 'closeReason' | 'cause'> {
  return {
    closeCode: typeof closeCode === 'number' && Number.isInteger(closeCode) ? closeCode : ABNORMAL_CLOSURE,
    closeReason: typeof closeReason === 'string' ? closeReason : '',
    cause: readable(cause),
  };
}

/** The facts inherit nothing, and are made by name: classification copies other facts to achieve that, and every loss makes some. */
export function closedFacts(
  { phase, step, usesEgress, connectionId }: ConnectionWhere,
  { closeCode, closeReason, cause }: ReturnType<typeof closeOf>,
  live: Pick<SocketClosed, 'unfinishedRequests' | 'confirmed'> & { readonly silence: SilenceBefore },
): SocketClosed {
  const facts = bareObject() as { -readonly [Name in keyof SocketClosed]: SocketClosed[Name] };
  facts.kind = 'socketClosed';
  facts.phase = phase;
  facts.step = step;
  facts.usesEgress = usesEgress;
  addKnown(facts, 'connectionId', connectionId);
  facts.closeCode = closeCode;
  facts.closeReason = closeReason;
  facts.cause = cause;
  facts.unfinishedRequests = live.unfinishedRequests;
  facts.confirmed = live.confirmed;
  facts.silence = live.silence;
  return facts;
}

/** The cause, or an Error in its place if its parts can't be read. */
function readable(cause: unknown): unknown {
  try {
    if (cause instanceof Error) read([cause.message, cause.cause]);
    if (typeof cause === 'object' && cause !== null && 'code' in cause) read([cause.code]);
    return cause;
  } catch {
    return new Error('a cause that can not be read');
  }
}

/** Reads all parts; only that they can be read matters. */
function read(parts: readonly unknown[]): number {
  return parts.length;
}

/** How many reports a burst may have. */
export const REPORT_BURST = 8;
/** How many reports a second may have after a burst. */
export const REPORTS_PER_SECOND = 1;
/** Errors beyond the burst are not reported; with more than this in the bucket the connection ends. */
export const MAX_REPORT_LEVEL = 32;
/** Ignored messages are never reported, and may be the normal traffic of a newer service: this many weigh as one. */
export const IGNORED_PER_REPORT = 8;
/**
 * Frames that were on their way when their request ended are normal traffic, thousands of them behind a slow line: this many weigh as
 * one.
 */
export const LATE_PER_REPORT = 4_096;
/**
 * Frames of a request that the service began by itself, this many of which weigh as one: one keyframe each, at five times real time, may
 * continue for ever.
 */
export const UNREQUESTED_PER_REPORT = 128;
/** Empty messages about an open request, this many of which weigh as one: signs of life of a room, a few a second. */
export const EMPTY_PER_REPORT = 128;
/** For a peer that sends exactly one a second while the clock here runs a little slow. */
const TOLERANCE = 0.5;

/**
 * - `unusable`: text, or bytes that do not decode; without room the connection ends, because nothing that follows can be relied on
 * - `serverError`: one that ends neither the connection nor a request of ours
 * - `ignored`: a message of an unknown type, a second confirmation, an error of a request that is over, a frame of a request that
 *   does not exist, and the first frame of a request that the service began by itself
 * - `unrequested`: the other frames of a request that the service began
 * - `empty`: a message about an open request that brings nothing new: a frame without keyframes that is not the last, a playback state
 * - `late`: a frame of a request of ours that was over a short time ago
 */
export type ReportedFrame = 'unusable' | 'serverError' | 'ignored' | 'unrequested' | 'empty' | 'late';

/**
 * How many frames of one connection may be unusable, unknown, or errors: a leaky bucket that all of them share, so that mixing kinds does
 * not allow more of them. Occasional errors of a service are all reported; continued ones end the connection. Reads no clock.
 */
export class ReportBucket {
  /** The weight of all frames. */
  #level = 0;
  /** The weight without the kinds that are never reported: they do not reduce the reports of the others. */
  #reported = 0;
  #atMs = 0;

  /** Counts the frame. Returns whether it is reported, or `message` if there were too many: the connection must be closed with it. */
  admit(kind: ReportedFrame, nowMs: number): boolean | { readonly message: string } {
    const leaked = (Math.max(nowMs - this.#atMs, 0) / 1_000) * REPORTS_PER_SECOND;
    this.#atMs = nowMs;
    const weight = WEIGHT[kind];
    const isReport = weight === 1;
    this.#level = Math.max(this.#level - leaked, 0) + weight;
    this.#reported = Math.max(this.#reported - leaked, 0) + (isReport ? 1 : 0);
    const hasRoom = this.#reported <= REPORT_BURST + TOLERANCE;
    const goesOn = this.#level > MAX_REPORT_LEVEL || (kind === 'unusable' && !hasRoom);
    return goesOn ? { message: TOO_MANY[kind] } : hasRoom && isReport;
  }
}

const WEIGHT: Readonly<Record<ReportedFrame, number>> = {
  unusable: 1,
  serverError: 1,
  ignored: 1 / IGNORED_PER_REPORT,
  unrequested: 1 / UNREQUESTED_PER_REPORT,
  empty: 1 / EMPTY_PER_REPORT,
  late: 1 / LATE_PER_REPORT,
};

const TOO_MANY: Readonly<Record<ReportedFrame, string>> = {
  unusable: 'too many unusable frames',
  serverError: 'too many errors',
  ignored: 'too many messages without effect',
  unrequested: 'too many frames of requests that the service began',
  empty: 'too many messages about a request without content',
  late: 'too many frames of requests that are over',
};
