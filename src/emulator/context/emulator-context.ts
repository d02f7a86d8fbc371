/**
 * State that the parts of one running service share, made once by avatar-emulator.ts; its counts per account:
 * the issued session tokens, the sessions under a plan's limit, and the credit as session time; and state
 * that the parts of one connection share, made once per connection by emulated-connection.ts. Independent of
 * HTTP; decides nothing: times are arguments, or those of the timers.
 */
import type { Clock } from '../../ports/clock.js';
import { MessageType, type ServerMessageContent } from '../../ports/message.js';
import type { Random } from '../../ports/random.js';
import { encodeServerMessage } from '../../wire/encode.js';
import type { FaultPlan } from '../fault/fault-plan.js';
import type { ConnectionTarget } from '../fault/fault-row.js';
import type { ServiceSocket, TimerSet } from '../socket/service-socket.js';
import type { EmulatorLog, ConnectionEvent } from './emulator-log.js';
import type { AnswerScript, HeardRequests } from './heard.js';
import type { ResolvedEmulatorOptions } from './resolve-emulator-options.js';

export interface EmulatorContext {
  readonly options: ResolvedEmulatorOptions;
  readonly log: EmulatorLog;
  readonly heard: HeardRequests;
  readonly script: AnswerScript;
  readonly plan: FaultPlan;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes a UUID. */
  readonly newId: () => string;
  readonly tokens: TokenStore;
  /** Credit by app id; the empty id is the whole service. */
  readonly credits: ReadonlyMap<string, CreditMeter>;
  /** Cancelled when the service stops. */
  readonly timers: TimerSet;
}

/** Beyond this number the oldest are deleted: the memory of a long-running service must be bounded. */
const MAX_TOKENS = 100_000;

interface IssuedToken {
  readonly appId: string;
  readonly expiresAtMs: number;
  used: boolean;
}

export type TokenState =
  | { readonly state: 'unknown' | 'expired' | 'used' }
  | {
      readonly state: 'valid';
      readonly appId: string;
      readonly expiresAtMs: number;
    };

export class TokenStore {
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #singleUse: boolean;
  readonly #newId: () => string;

  /** @param newId makes a UUID, a new one at each call */
  constructor(singleUse: boolean, newId: () => string) {
    this.#singleUse = singleUse;
    this.#newId = newId;
  }

  issue(appId: string, expiresAtMs: number): string {
    const token = `st_${this.#newId().replaceAll('-', '')}`;
    this.#tokens.set(token, { appId, expiresAtMs, used: false });
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= MAX_TOKENS) break;
      this.#tokens.delete(oldest);
    }
    return token;
  }

  look(token: string, nowEpochMs: number): TokenState {
    const issued = this.#tokens.get(token);
    if (issued === undefined) return { state: 'unknown' };
    if (issued.used && this.#singleUse) return { state: 'used' };
    if (nowEpochMs >= issued.expiresAtMs) return { state: 'expired' };
    return { state: 'valid', appId: issued.appId, expiresAtMs: issued.expiresAtMs };
  }

  use(token: string): void {
    const issued = this.#tokens.get(token);
    if (issued !== undefined) issued.used = true;
  }
}

export class SessionCount {
  readonly #ghostMs: number;
  readonly #timers: TimerSet;
  readonly #byApp = new Map<string, number>();
  #total = 0;

  constructor(ghostMs: number, timers: TimerSet) {
    this.#ghostMs = ghostMs;
    this.#timers = timers;
  }

  get total(): number {
    return this.#total;
  }

  of(appId: string): number {
    return this.#byApp.get(appId) ?? 0;
  }

  enter(appId: string): void {
    this.#add(appId, 1);
  }

  /** @param lost whether it ended without a close frame */
  leave(appId: string, lost: boolean): void {
    const leave = (): void => this.#add(appId, -1);
    if (lost && this.#ghostMs > 0) this.#timers.after(this.#ghostMs, leave);
    else leave();
  }

  #add(appId: string, change: 1 | -1): void {
    const count = this.of(appId) + change;
    if (count === 0) this.#byApp.delete(appId);
    else this.#byApp.set(appId, count);
    this.#total += change;
  }
}

export class CreditMeter {
  readonly #timers: TimerSet;
  readonly #running = new Set<() => void>();
  #remainingMs: number;
  #countedAtMs: number;
  #cancelTimer = (): void => undefined;

  constructor(creditMs: number, timers: TimerSet) {
    this.#remainingMs = creditMs;
    this.#timers = timers;
    this.#countedAtMs = timers.nowMs;
  }

  get exhausted(): boolean {
    this.#count();
    return this.#remainingMs <= 0;
  }

  /** Begins to bill a session; `onExhausted` is called at most once. Returns a function that ends the billing. */
  bill(onExhausted: () => void): () => void {
    this.#count();
    this.#running.add(onExhausted);
    this.#watch();
    return () => {
      this.#count();
      if (this.#running.delete(onExhausted)) this.#watch();
    };
  }

  #count(): void {
    const { nowMs } = this.#timers;
    this.#remainingMs -= (nowMs - this.#countedAtMs) * this.#running.size;
    this.#countedAtMs = nowMs;
  }

  #watch(): void {
    this.#cancelTimer();
    if (this.#remainingMs === Infinity || this.#running.size === 0) return;
    const dueInMs = Math.max(0, Math.ceil(this.#remainingMs / this.#running.size));
    this.#cancelTimer = this.#timers.after(Math.min(dueInMs, 2_147_483_647), () => this.#check());
  }

  #check(): void {
    if (!this.exhausted) {
      this.#watch();
      return;
    }
    const running = [...this.#running];
    this.#running.clear();
    for (const onExhausted of running) onExhausted();
  }
}

export interface ConnectionIdentity {
  readonly context: EmulatorContext;
  /** The number of the upgrade request, from 1. */
  readonly number: number;
  readonly avatarId: string;
  readonly socket: ServiceSocket;
  /** Cancelled at the end of the connection. */
  readonly timers: TimerSet;
  /** The credits that are billed for the session. */
  readonly credits: readonly CreditMeter[];
  /** The remaining validity of the token at the upgrade, milliseconds. */
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

  /** False if the message will never reach the client. */
  send(content: ServerMessageContent, sent?: () => void): boolean {
    return this.socket.send(encodeServerMessage(content), sent);
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
