/**
 * What the service's first message means: the confirmation, its refusal, or a breach of the protocol. Knows no socket; what is
 * done about it is the connection's business.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { FailureFacts, ProtocolViolated, SocketClosed } from '../../core/failure/failure-facts.js';
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

/** Rejects the handshake; carries the facts to whoever interprets them. */
export class HandshakeFailed extends Error {
  override readonly name = 'HandshakeFailed';
  readonly facts: FailureFacts;
  constructor(facts: FailureFacts) {
    super(facts.kind);
    this.facts = facts;
  }
}

/** The confirmation, or the facts of why it is none. */
export function readHandshakeAnswer(
  data: Uint8Array | string,
  where: ConnectionWhere,
): ServerConfirmSession | FailureFacts {
  const violation = (message: string): ProtocolViolated => ({ ...where, kind: 'protocolViolated', message });
  if (typeof data === 'string') return violation('the service answered the handshake with a text frame');
  const message = decodeOrError(data);
  if (message instanceof WireError) return violation(`undecodable handshake answer: ${message.message}`);
  // No request is under way, whatever id it names.
  if (message.type === MessageType.serverError) return errorFacts({ ...message, reqId: '' }, where, false);
  if (message.type !== MessageType.serverConfirmSession) {
    const isKnown = message.type !== 'ignored';
    const type = isKnown ? message.type : message.messageType;
    return { ...violation(`message type ${type} came instead of a confirmation`), ofService: isKnown };
  }
  if (message.connectionId !== '') return message;
  return { ...violation('the confirmation holds no connection id'), ofService: true };
}

/** As `Codec.decode`, with the error as a value: undecodable bytes and text are no exception on a network. */
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

/** How a transport says that a connection ended, made sure of: one of the application may give anything. */
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

/** The cause, or an Error in its place where its parts can't be read. */
function readable(cause: unknown): unknown {
  try {
    if (cause instanceof Error) read([cause.message, cause.cause]);
    if (typeof cause === 'object' && cause !== null && 'code' in cause) read([cause.code]);
    return cause;
  } catch {
    return new Error('a cause that can not be read');
  }
}

/** To have been read is all. */
function read(parts: readonly unknown[]): number {
  return parts.length;
}
