/**
 * What a kind of fault is made of: where it strikes, its parameters, its description, and what it does to a
 * request, to an open connection or to a confirmation. The rows are in request-faults.ts and
 * connection-faults.ts.
 */
import type { Random } from '../../ports/random.js';
import type { ServiceSocket } from '../socket/service-socket.js';
import type { FaultFields, FilledValues } from './fault-field.js';

/**
 * Where a fault strikes, and what `nth` counts there:
 * - `token`: requests at the token endpoint
 * - `upgrade`: WebSocket upgrade requests
 * - `handshake`: connections whose first message arrived
 * - `runtime`: connections that were confirmed
 */
export type FaultPhase = 'token' | 'upgrade' | 'handshake' | 'runtime';

/** A token request or an upgrade request. */
export interface RequestTarget {
  /** Answers with an HTTP response. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** Never answers; a client that gives up is still noticed. */
  hang(): void;
  /** TCP reset. */
  reset(): void;
}

/** An accepted WebSocket, before or after the confirmation. */
export interface ConnectionTarget {
  readonly socket: ServiceSocket;
  /** Empty before the confirmation. */
  readonly connectionId: string;
  readonly avatarId: string;
  /** The latest request, empty when there was none. */
  readonly currentReqId: string;
  readonly random: Random;
}

/** What faults change about a confirmation before it is sent; the first fault that sets a member wins. */
export interface ConfirmationPlan {
  capabilities: readonly string[];
  /** Undefined: the service makes one. */
  connectionId?: string;
  /** Sent in one segment with the confirmation, after a message of an unknown type. */
  foreignFrames?: number;
  drop?: { readonly afterMs: number; readonly code: number | undefined };
}

export interface FaultRow<Phase extends FaultPhase, Fields extends FaultFields> {
  readonly phases: readonly Phase[];
  /** For the documents, the help of the command and the schema. */
  readonly about: string;
  readonly fields: Fields;
  /** Whether nothing is left to answer after it. Default: it is not final. */
  isFinal?(fault: FilledValues<Fields>): boolean;
  /** How much later the answer comes; before the confirmation this is all that such a fault does. */
  delayMs?(fault: FilledValues<Fields>): number;
  /** In the phases `token` and `upgrade`. */
  onRequest?(fault: FilledValues<Fields>, target: RequestTarget): void;
  /** In the phases `handshake` and `runtime`. */
  onConnection?(fault: FilledValues<Fields>, target: ConnectionTarget): void;
  /** In the phase `handshake`, when the connection is about to be confirmed. */
  onConfirmation?(fault: FilledValues<Fields>, confirmation: ConfirmationPlan): void;
}

/** Infers the types of a row, so that what it does has the parameters by name. */
export function faultRow<const Phase extends FaultPhase, const Fields extends FaultFields>(
  row: FaultRow<Phase, Fields>,
): FaultRow<Phase, Fields> {
  return row;
}
