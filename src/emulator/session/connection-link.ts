/** What the parts of one emulated connection share. Made once per connection by emulated-connection.ts. */
import { encodeServerMessage } from '../../wire/encode.js';
import { MessageType, type ServerMessageContent } from '../../ports/message.js';
import type { CreditMeter, EmulatorContext } from '../context/emulator-context.js';
import type { ConnectionEvent } from '../context/emulator-log.js';
import type { ConnectionTarget } from '../fault/fault-row.js';
import type { ServiceSocket } from '../socket/service-socket.js';
import type { TimerSet } from '../socket/timer-set.js';

export interface ConnectionIdentity {
  readonly context: EmulatorContext;
  /** Counts upgrade requests from 1. */
  readonly number: number;
  readonly avatarId: string;
  readonly socket: ServiceSocket;
  /** End with the connection. */
  readonly timers: TimerSet;
  /** Those that the session draws on. */
  readonly credits: readonly CreditMeter[];
  /** How long the token is still valid, from the upgrade, milliseconds. */
  readonly tokenLastsMs: number;
}

export class ConnectionLink {
  readonly context: EmulatorContext;
  readonly number: number;
  readonly avatarId: string;
  readonly socket: ServiceSocket;
  readonly timers: TimerSet;
  readonly credits: readonly CreditMeter[];
  readonly tokenLastsMs: number;
  /** Empty before the confirmation. */
  connectionId = '';
  /** The latest request; empty when there was none. */
  currentReqId = '';

  constructor({ context, number, avatarId, socket, timers, credits, tokenLastsMs }: ConnectionIdentity) {
    this.context = context;
    this.number = number;
    this.avatarId = avatarId;
    this.socket = socket;
    this.timers = timers;
    this.credits = credits;
    this.tokenLastsMs = tokenLastsMs;
  }

  log(event: ConnectionEvent): void {
    this.context.log.add({ connection: this.number, ...event });
  }

  /** False when it will never reach the client. */
  send(content: ServerMessageContent): boolean {
    return this.socket.send(encodeServerMessage(content));
  }

  sendError(code: number, message: string, reqId = ''): void {
    const { connectionId } = this;
    if (this.send({ type: MessageType.serverError, connectionId, reqId, code, message })) {
      this.log({ event: 'errorSent', code, message, reqId });
    }
  }

  faultTarget(): ConnectionTarget {
    const { socket, connectionId, avatarId, currentReqId } = this;
    return { socket, connectionId, avatarId, currentReqId, random: this.context.random };
  }
}
