/**
 * One WebSocket of a session from the upgrade to its end: handshake, decoding, heartbeat, close. It passes messages to its owner and
 * reports once why it ended. Independent of attempts, policies and utterances; a lost connection is never reopened.
 */
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { FailureFacts, SilenceBefore } from '../../core/failure/failure-facts.js';
import { hasOwn } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import type { RepeatedTexts } from '../../ports/codec.js';
import { MessageType, WireError } from '../../ports/message.js';
import type { ServerConfirmSession, ServerMessage } from '../../ports/message.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { Deferred, Latch } from '../waiting/deferred.js';
import {
  closeOf,
  closedFacts,
  decodeOrError,
  HandshakeFailed,
  readHandshakeAnswer,
  whereOf,
  ReportBucket,
} from './server-message.js';
import type { ConnectionWhere, ReportedFrame } from './server-message.js';
import { Heartbeat, lastSignOfLifeMs } from './heartbeat.js';
import type { HeartbeatOwner, HeartbeatTimes } from './heartbeat.js';

/** The listener of a confirmed connection. Called synchronously, in the order of arrival. */
export interface ConnectionOwner {
  received(message: Exclude<ServerMessage, ServerConfirmSession>, raw: Uint8Array): void;
  /** Called for a frame that is no message; the connection stays open. */
  undecodable(facts: FailureFacts): void;
  /** Called when the socket's buffer is low again after `notifyBelow`. */
  drained(): void;
  /** Called when the answer to a ping came, if the transport reports it. */
  pingAnswered(): void;
  /** How many requests lack their last frame; a normal close is no failure if there are none. */
  unfinishedRequests(): number;
  /** Whether there are such requests, or were until just now. */
  readonly isSpeaking: boolean;
}

const NORMAL_CLOSURE = 1000;
const PROTOCOL_ERROR_CLOSURE = 1002;

export class LiveConnection implements TransportSink, HeartbeatOwner {
  connectionId = '';
  capabilities: readonly string[] = [];
  confirmedAtMs = 0;
  /** When the last byte came, or was taken by the peer, to half a tick of the heartbeat; set when the connection is over. */
  lastSignOfLifeAtMs = 0;
  /** Resolves when nothing more is delivered: with the facts that ended the connection, or with undefined if `close` ended it. */
  readonly ended: Promise<FailureFacts | undefined>;
  readonly #clock: Clock;
  readonly #usesEgress: boolean;
  /** Present until the connection has an owner, or is over. */
  #confirmed: Deferred<void> | undefined = new Deferred();
  #end!: (facts: FailureFacts | undefined) => void;
  readonly #released = new Latch();
  #transport: TransportConnection | undefined;
  #heartbeat: Heartbeat | undefined;
  #owner: ConnectionOwner | undefined;
  /** What happened between the confirmation and `attach`, in order. */
  #early: (() => void)[] | undefined = [];
  #stage: 'handshake' | 'confirmed' | 'over' = 'handshake';
  /** Created at the first frame that is unusable, unknown or an error. */
  #reports: ReportBucket | undefined;
  /** When a message last came; updated only where there is no heartbeat. */
  #messageAtMs = 0;
  /** The texts of the animation messages so far; created at the first one. */
  #texts: RepeatedTexts | undefined;

  constructor(clock: Clock, usesEgress: boolean) {
    this.#clock = clock;
    this.#usesEgress = usesEgress;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Resolves when the socket is released, which takes a bounded time once the connection is over. */
  get released(): Promise<void> {
    return this.#released.opened;
  }

  /** For the sender of audio; defined once the connection is confirmed. */
  get transport(): TransportConnection | undefined {
    return this.#transport;
  }

  /** Called when the socket is open: sends the first message. */
  opened(transport: TransportConnection, configure: Uint8Array): void {
    this.#transport = transport;
    // A service may have confirmed before it got the configuration, which it still needs.
    if (this.#stage === 'over') transport.terminate();
    else transport.send(configure);
  }

  /** Resolves with the confirmation; rejects with HandshakeFailed. Must be read before the connection has an owner. */
  get confirmed(): Promise<void> {
    return this.#confirmed?.promise ?? Promise.resolve();
  }

  /** From here on messages go to `owner`, beginning with those that came together with the confirmation. */
  attach(owner: ConnectionOwner, heartbeat: HeartbeatTimes | undefined): void {
    this.#owner = owner;
    this.#confirmed = undefined;
    if (heartbeat !== undefined && this.#transport?.ping !== undefined && this.#stage === 'confirmed') {
      this.#heartbeat = new Heartbeat(this.#clock, heartbeat, this.#transport, this);
    }
    const early = this.#early;
    this.#early = undefined;
    for (const handOver of early ?? []) handOver();
  }

  /** Called when an utterance begins. */
  speechBegins(): void {
    this.#heartbeat?.quicken();
  }

  get isSpeaking(): boolean {
    return this.#owner?.isSpeaking === true;
  }

  /** Whether the connection sends pings. */
  get pings(): boolean {
    return this.#heartbeat !== undefined;
  }

  send(bytes: Uint8Array): void {
    this.#transport?.send(bytes);
  }

  /** Called when the peer has been silent for too long. */
  peerLost(silentMs: number, pingAnswered: boolean): void {
    this.#lose({ ...this.#where('heartbeat'), kind: 'heartbeatMissed', silentMs, pingAnswered }, 'destroy');
  }

  /** Ends the connection with a close handshake; resolves when the socket is released. */
  close(): Promise<void> {
    if (this.#stage !== 'over') {
      this.#over(undefined);
      this.#closeSocket(NORMAL_CLOSURE);
    }
    return this.released;
  }

  /** Ends the connection without a close handshake; resolves when the socket is released. */
  destroy(): Promise<void> {
    if (this.#stage !== 'over') this.#over(undefined);
    this.#terminate();
    return this.released;
  }

  /** Ends a confirmed connection for a reason that came over it. */
  abandon(facts: FailureFacts): void {
    this.#lose(facts, NORMAL_CLOSURE);
  }

  message(data: Uint8Array | string): void {
    if (this.#stage === 'over') return;
    if (this.#heartbeat === undefined) this.#messageAtMs = this.#clock.nowMs();
    else this.#heartbeat.heard();
    if (this.#stage === 'handshake') this.#answerHandshake(data);
    else if (this.#early === undefined) this.#receive(data);
    else this.#early.push(() => this.#receive(data));
  }

  drained(): void {
    if (this.#stage === 'confirmed') this.#owner?.drained();
  }

  heard(): void {
    this.#heartbeat?.answered();
    if (this.#stage === 'confirmed') this.#owner?.pingAnswered();
  }

  violated(message: string, cause?: unknown): void {
    this.#inOrder(() =>
      this.#lose({ ...this.#where('receive'), kind: 'protocolViolated', message, cause }, 'closing'),
    );
  }

  closed(closeCode: number, closeReason: string, cause?: unknown): void {
    // There is no socket to terminate any more, and its address may hold a credential.
    this.#transport = undefined;
    this.#inOrder(() => {
      // A handshake without its answer counts as a request without its last frame.
      const unfinishedRequests = this.#owner?.unfinishedRequests() ?? 1;
      const live = { unfinishedRequests, confirmed: this.#stage === 'confirmed', silence: this.#silence() };
      const end = closeOf(closeCode, closeReason, cause);
      this.#lose(closedFacts(this.#where('close'), end, live), 'closing');
    });
    this.#released.open();
  }

  /** Keeps an event between the confirmation and `attach` for the owner, in order; later ones are called at once. */
  #inOrder(event: () => void): void {
    if (this.#stage === 'confirmed' && this.#early !== undefined) this.#early.push(event);
    else if (this.#stage !== 'over') event();
  }

  #answerHandshake(data: Uint8Array | string): void {
    const answer = readHandshakeAnswer(data, this.#where('handshake'));
    if (hasOwn(answer, 'kind')) {
      this.#lose(answer, answer.kind === 'protocolViolated' ? PROTOCOL_ERROR_CLOSURE : NORMAL_CLOSURE);
      return;
    }
    this.#stage = 'confirmed';
    this.connectionId = answer.connectionId;
    this.capabilities = answer.capabilities;
    this.confirmedAtMs = this.#clock.nowMs();
    this.#confirmed?.resolve();
  }

  #receive(data: Uint8Array | string): void {
    if (this.#stage === 'over' || this.#owner === undefined) return;
    const message = decodeOrError(data, (this.#texts ??= AVATAR_CODEC.repeatedTexts()));
    if (message instanceof WireError) this.#badFrame(message);
    // A second confirmation contains nothing new; message types of a newer service are ignored.
    else if (message.type === 'ignored' || message.type === MessageType.serverConfirmSession) {
      this.admitsReport('ignored');
    } else this.#owner.received(message, data as Uint8Array);
  }

  /** Whether one more frame of this kind is reported. Ends the connection if too many of them come. */
  admitsReport(kind: ReportedFrame): boolean {
    const verdict = (this.#reports ??= new ReportBucket()).admit(kind, this.#clock.nowMs());
    if (typeof verdict === 'boolean') return verdict;
    this.#lose({ ...this.#where('receive'), kind: 'protocolViolated', ...verdict }, PROTOCOL_ERROR_CLOSURE);
    return false;
  }

  #badFrame({ message }: WireError): void {
    const facts = { ...this.#where('receive'), message: `unusable frame: ${message}` };
    if (this.admitsReport('unusable')) this.#owner?.undecodable({ ...facts, kind: 'protocolViolated' });
  }

  /** `how`: a close code to send, 'closing' if the socket already ends by itself, 'destroy' for a dead peer. */
  #lose(facts: FailureFacts, how: number | 'closing' | 'destroy'): void {
    if (this.#stage === 'over') return;
    this.#confirmed?.reject(new HandshakeFailed(facts));
    this.#over(facts);
    if (how === 'destroy') this.#terminate();
    else if (how === 'closing') this.#terminateLater();
    else this.#closeSocket(how);
  }

  #over(facts: FailureFacts | undefined): void {
    this.#stage = 'over';
    this.lastSignOfLifeAtMs = lastSignOfLifeMs(facts, this.#silence(), this.#clock.nowMs());
    this.#end(facts);
    this.#heartbeat?.stop();
    this.#owner = undefined;
    this.#early = undefined;
  }

  /** The silence begins with the confirmation at the earliest. */
  #silence(): SilenceBefore {
    const nowMs = this.#clock.nowMs();
    const silence = this.#heartbeat?.silence();
    const silentMs = silence?.silentMs ?? nowMs - this.#messageAtMs;
    return {
      silentMs: Math.min(silentMs, nowMs - this.confirmedAtMs),
      pingOverdue: silence?.pingOverdue ?? false,
      pingAnswered: silence?.pingAnswered ?? false,
    };
  }

  #closeSocket(closeCode: number): void {
    this.#transport?.close(closeCode, '');
    this.#terminateLater();
  }

  #terminateLater(): void {
    if (this.#transport === undefined) this.#released.open();
    else afterGrace(this.#clock, this.released, () => this.#terminate());
  }

  /** Terminates the socket. It counts as released when the transport reports its end, or after a bounded time without such a report. */
  #terminate(): void {
    this.#transport?.terminate();
    if (this.#transport === undefined) this.#released.open();
    else {
      // A timer that is late fires before the end of the socket is read.
      const release = (): void => this.#clock.afterPendingInput(() => this.#released.open());
      afterGrace(this.#clock, this.released, release);
    }
  }

  #where(step: 'handshake' | 'receive' | 'heartbeat' | 'close'): ConnectionWhere {
    return whereOf(step, this.#usesEgress, this.#stage === 'confirmed' ? this.connectionId : undefined);
  }
}

/** How long the peer may take to answer our close frame, and a transport to report the end of a socket, milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/** Calls `call` after that time, unless the socket is `gone` by then. */
function afterGrace(clock: Clock, gone: Promise<void>, call: () => void): void {
  const timer = clock.schedule(CLOSE_GRACE_MS, call);
  void gone.then(() => timer.cancel());
}
