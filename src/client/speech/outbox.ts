/**
 * Sends audio over the socket of the current connection: at once while the peer takes it, in order and at the peer's pace when it does
 * not. core/utterance/send-window.ts decides how much may be unanswered. Must not know what the application awaits, except the one
 * promise of waiting writers.
 */
import { AnswerPatience, SendWindow } from '../../core/utterance/send-window.js';
import { STEP_MS, UncountedBytes } from '../../core/utterance/uncounted-bytes.js';
import type { OutgoingAudio, UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import type { Clock, Timer } from '../../ports/clock.js';
import type { TransportConnection } from '../../ports/transport.js';
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { AudioMessages } from '../../ports/codec.js';
import type { HeartbeatTimes } from '../connection/heartbeat.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { Deferred } from '../waiting/deferred.js';

/** Writes wait while the socket buffers more than this, bytes; without pings the window may be smaller. */
const HIGH_WATER_BYTES = 256 * 1024;
/** Writes continue when the buffer is below this part of it. */
const LOW_WATER_PART = 1 / 4;
/** The PCM that is encoded in one turn of the event loop, and in one piece, bytes: 64 KiB take about 20 ms at 16 kHz. */
const ENCODED_PER_TURN_BYTES = 64 * 1024;
const ENCODED_PIECE_BYTES = 16 * 1024;

export interface OutboxOptions {
  readonly clock: Clock;
  /** Whether the transport copies sent bytes, so that a message may overwrite the previous one. */
  readonly sendsCopies: boolean;
  /** Audio of one keyframe, bytes. */
  readonly keyframeBytes: number;
  /** The bytes to send for the next audio of a ledger, which may be none yet; undefined if audio is sent unchanged. */
  readonly encode: ((ledger: UtteranceLedger, audio: Uint8Array, end: boolean) => Uint8Array) | undefined;
  /** The ledgers whose audio may be sent, oldest first. */
  readonly speaking: () => Iterable<UtteranceLedger>;
  /** The first audio of a request was sent. */
  readonly begun: (reqId: string) => void;
  /** Called before and after audio is sent that had to wait for the peer. */
  readonly pumping: () => void;
  readonly pumped: () => void;
}

/** The reason why nothing is sent, and the counters at its beginning. */
interface Block {
  readonly by: 'socket' | 'window' | 'turn' | 'answer';
  readonly sinceMs: number;
  readonly bufferedBytes: number;
  readonly receivedBytes: number;
  readonly timer: Timer | undefined;
}

export class Outbox {
  // The fields that each chunk uses are here, not in `#options`: with a thousand speaking sessions each object costs a cache miss.
  readonly #encode: OutboxOptions['encode'];
  readonly #sendsCopies: boolean;
  #socket: TransportConnection | undefined;
  /** Present while the peer takes no more: nothing is sent, and writers wait for `#pressure`. */
  #block: Block | undefined;
  #pressure: Deferred<void> | undefined;
  /** Bytes sent on all connections; the numbers at which the next ping and the next check of the limit are due. */
  #sentBytes = 0;
  #nextProbeBytes = 0;
  #nextLookBytes = 0;
  #highWaterBytes = 0;
  #pings = false;
  /** Writes the messages of the latest run. */
  #messages: AudioMessages | undefined;
  readonly #options: OutboxOptions;
  readonly #window = new SendWindow();
  readonly #uncounted = new UncountedBytes();
  readonly #patience = new AnswerPatience();
  #fitTimer: Timer | undefined;
  /** PCM that may still be encoded in this turn of the event loop, bytes. */
  #encodableBytes = ENCODED_PER_TURN_BYTES;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#encode = options.encode;
    this.#sendsCopies = options.sendsCopies;
  }

  /** The promise that a writer awaits before it writes more; undefined while there is room. */
  get pressure(): Promise<void> | undefined {
    return this.#pressure?.promise;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Sent bytes that are no longer in the buffer of the socket. */
  get leftBytes(): number {
    return this.#sentBytes - (this.#socket?.bufferedBytes ?? 0);
  }

  /** Grows while the peer takes sent bytes. */
  get progress(): number {
    return this.leftBytes + this.#window.answeredBytes;
  }

  /** @param heartbeat absent if no pings may be sent */
  attach({ transport }: LiveConnection, heartbeat: HeartbeatTimes | undefined): void {
    const times = heartbeat?.speaking ?? heartbeat;
    this.#socket = transport;
    this.#pings = heartbeat !== undefined && transport?.ping !== undefined && !this.#patience.isGivenUp;
    this.#window.restart(this.#sentBytes, times && times.intervalMs + times.timeoutMs);
    this.#uncounted.restart(this.#sentBytes, transport?.takenBytes !== undefined);
    this.#planLook();
    this.pump();
  }

  /** The connection was lost: no writer waits for its socket. */
  detach(): void {
    this.#socket = undefined;
    this.#fitTimer?.cancel();
    this.#fitTimer = undefined;
    this.#endBlock();
    this.#pressure?.resolve();
    this.#pressure = undefined;
  }

  /** Sends `part`, which has just been appended, if everything before it is sent and the peer takes it. */
  say(ledger: UtteranceLedger, part: Uint8Array, last: boolean): void {
    const socket = this.#socket;
    if (socket === undefined || this.#block !== undefined) return;
    const { wireReqId, begun } = ledger;
    const fittingBytes = this.#pings ? this.#nextLookBytes - this.#sentBytes : this.#highWaterBytes;
    if (part.length > fittingBytes || this.#encode !== undefined) {
      this.#sendWaiting(socket, ledger);
      return;
    }
    this.#send(socket, this.#message(ledger, begun, part, last));
    ledger.markSent(last);
    if (!begun) this.#options.begun(wireReqId);
  }

  /** Sends waiting audio, oldest utterance first, until everything is sent or the limit is reached. */
  pump(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    for (const ledger of this.#options.speaking()) this.#sendWaiting(socket, ledger);
  }

  drained(): void {
    const block = this.#block;
    if (block?.by !== 'socket' || this.#socket === undefined) return;
    const { bufferedBytes } = this.#socket;
    if (!this.#pings) {
      const tookMs = this.#options.clock.nowMs() - block.sinceMs;
      this.#window.taken(block.bufferedBytes - bufferedBytes, tookMs, bufferedBytes === 0);
    }
    this.#goOn();
  }

  pingAnswered(): void {
    const { clock } = this.#options;
    if (!this.#window.answered(clock.nowMs(), this.#block?.by === 'window')) return;
    this.#patience.answered();
    this.#fitTimer ??= clock.schedule(this.#window.collectMs, () => this.#fit());
    if (this.#window.isWide) this.#goOnIfOpen();
  }

  /** This many keyframes came. */
  animated(keyframes: number): void {
    if (this.#pings) return;
    this.#uncounted.answered(keyframes * this.#options.keyframeBytes, this.#sentBytes);
    if (this.#block?.by === 'answer' && !this.#uncounted.isFull(this.#sentBytes)) this.#goOn();
  }

  #fit(): void {
    this.#fitTimer = undefined;
    this.#window.fit();
    this.#goOnIfOpen();
  }

  #goOnIfOpen(): void {
    if (this.#block?.by === 'window' && !this.#window.isFull(this.#sentBytes)) this.#goOn();
    else this.#planLook();
  }

  #message(ledger: UtteranceLedger, begun: boolean, audio: Uint8Array, end: boolean): Uint8Array {
    const { wireReqId: reqId, traceContext } = ledger;
    if (!begun && traceContext !== undefined)
      return AVATAR_CODEC.encodeAudio(reqId, end, audio, traceContext);
    if (!this.#sendsCopies) return AVATAR_CODEC.encodeAudio(reqId, end, audio);
    if (this.#messages?.reqId !== reqId) this.#messages = AVATAR_CODEC.audioMessages(reqId);
    return this.#messages.write(audio, end);
  }

  #sendWaiting(socket: TransportConnection, ledger: UtteranceLedger): void {
    while (this.#block === undefined) {
      const { wireReqId, begun } = ledger;
      const next = ledger.takeNext(this.#pieceBytes);
      if (next === undefined) return;
      if (this.#encode !== undefined) this.#sendEncoded(socket, ledger, begun, next);
      else this.#send(socket, this.#message(ledger, begun, next.audio, next.end));
      if (!begun) this.#options.begun(wireReqId);
    }
  }

  get #pieceBytes(): number {
    const { pieceBytes } = this.#window;
    return this.#encode === undefined ? pieceBytes : Math.min(pieceBytes, ENCODED_PIECE_BYTES);
  }

  #sendEncoded(
    socket: TransportConnection,
    ledger: UtteranceLedger,
    begun: boolean,
    { audio, end }: OutgoingAudio,
  ): void {
    const encoded = this.#encode?.(ledger, audio, end) ?? audio;
    // The encoder keeps less than a page until more audio comes.
    if (encoded.length > 0 || end) this.#send(socket, this.#message(ledger, begun, encoded, end));
    this.#encodableBytes -= audio.length;
    if (this.#encodableBytes <= 0 && this.#block === undefined) this.#blockBy('turn', socket);
  }

  #send(socket: TransportConnection, bytes: Uint8Array): void {
    if (this.#sentBytes >= this.#nextProbeBytes) this.#probe(socket);
    socket.send(bytes);
    this.#sentBytes += bytes.length;
    if (this.#sentBytes >= this.#nextLookBytes || socket.bufferedBytes > this.#highWaterBytes)
      this.#look(socket);
  }

  #probe(socket: TransportConnection): void {
    socket.ping?.();
    this.#window.probed(this.#sentBytes, this.#options.clock.nowMs());
    this.#planLook();
  }

  /** Checks whether the limit is reached. */
  #look(socket: TransportConnection): void {
    const { bufferedBytes } = socket;
    if (bufferedBytes > this.#highWaterBytes) this.#blockBy('socket', socket);
    else if (!this.#pings) {
      const missing = this.#uncounted.look(this.#sentBytes, bufferedBytes, this.#options.clock.nowMs());
      if (missing !== undefined) this.#blockBy(missing, socket);
    } else if (this.#window.isFull(this.#sentBytes)) {
      // The answer to this ping shows that the peer has read everything before it.
      this.#probe(socket);
      this.#blockBy('window', socket);
    }
    this.#planLook();
  }

  #planLook(): void {
    const window = this.#window;
    this.#highWaterBytes = this.#pings ? HIGH_WATER_BYTES : Math.min(HIGH_WATER_BYTES, window.bytes);
    this.#nextProbeBytes = this.#pings ? window.nextProbeBytes : Infinity;
    this.#nextLookBytes = this.#pings ? window.limitBytes : this.#uncounted.nextLookBytes;
  }

  #blockBy(by: Block['by'], socket: TransportConnection): void {
    const { clock } = this.#options;
    const { bufferedBytes, receivedBytes } = socket;
    const timers = {
      socket: undefined,
      turn: () => clock.schedule(0, () => this.#goOn()),
      window: () =>
        clock.schedule(this.#patience.ms, () => clock.afterPendingInput(() => this.#stopWaiting(block))),
      answer: () => clock.schedule(STEP_MS, () => this.#goOn(true)),
    };
    const timer = timers[by]?.();
    const block: Block = { by, sinceMs: clock.nowMs(), bufferedBytes, receivedBytes, timer };
    this.#block = block;
    this.#pressure ??= new Deferred<void>();
    if (by === 'socket') socket.notifyBelow(this.#highWaterBytes * LOW_WATER_PART);
  }

  /** No answer came for a long time: the peer has stalled, or answers no pings, or the transport does not report answers. */
  #stopWaiting(block: Block): void {
    if (this.#block !== block || this.#socket === undefined) return;
    this.#patience.ranOut(this.#socket.receivedBytes !== block.receivedBytes);
    this.#pings &&= !this.#patience.isGivenUp;
    this.#window.presumeRead(this.#sentBytes);
    this.#goOn();
  }

  #endBlock(): void {
    this.#block?.timer?.cancel();
    this.#block = undefined;
  }

  #goOn(unanswered = false): void {
    if (unanswered) this.#uncounted.timePassed();
    this.#endBlock();
    this.#encodableBytes = ENCODED_PER_TURN_BYTES;
    this.#planLook();
    if (this.#socket !== undefined && this.#sentBytes >= this.#nextLookBytes) this.#look(this.#socket);
    this.#options.pumping();
    this.pump();
    // Waiting audio is sent first: if it fills the window again, writers keep waiting.
    if (this.#block === undefined) {
      this.#pressure?.resolve();
      this.#pressure = undefined;
    }
    this.#options.pumped();
  }
}
