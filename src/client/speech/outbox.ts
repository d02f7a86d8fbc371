/**
 * The way of audio to the socket of the current connection: at once while the socket takes it, in order and at the
 * socket's pace when it does not. Knows nothing of promises to the application but the one that writers wait for.
 */
import { MAX_AUDIO_MESSAGE_BYTES } from '../../core/utterance/audio-rails.js';
import type { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import type { Clock, Timer } from '../../ports/clock.js';
import { AudioInputHead } from '../../wire/audio-input-head.js';
import { encodeAudioInput } from '../../wire/encode-audio-input.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { Deferred } from '../waiting/quiet.js';

/** Writing waits while the socket holds more than this, bytes: eight seconds of speech at 16 kHz. */
const HIGH_WATER_BYTES = 256 * 1024;
/** … and goes on below this. */
const LOW_WATER_BYTES = 64 * 1024;
/**
 * So many bytes within so short a time while the socket says that it holds nothing: either the system took them all, or the
 * runtime does not count. Giving it one turn of the event loop is right in both cases.
 */
const UNCOUNTED_BYTES = 4 * 1024 * 1024;
const UNCOUNTED_WITHIN_MS = 50;

export class Outbox {
  readonly #clock: Clock;
  /** Those whose audio may go out, oldest first. */
  readonly #speaking: () => Iterable<UtteranceLedger>;
  #connection: LiveConnection | undefined;
  /** Present while the socket holds too much: nothing is sent, and writers wait for it. */
  #blocked: Deferred<void> | undefined;
  /** Bytes sent since `#countedFromMs`; the clock is read only when they have become many. */
  #sentBytes = 0;
  #countedFromMs = 0;
  #turn: Timer | undefined;
  /** Bytes sent over all connections. */
  #totalBytes = 0;
  /** What goes in front of the audio of the run that spoke last. */
  #head: AudioInputHead | undefined;
  /** Told when the first audio of a request has gone out. */
  readonly #onBegun: (reqId: string) => void;

  constructor(clock: Clock, speaking: () => Iterable<UtteranceLedger>, onBegun: (reqId: string) => void) {
    this.#clock = clock;
    this.#speaking = speaking;
    this.#onBegun = onBegun;
  }

  /** What a writer waits for before it writes more; undefined while there is room. */
  get pressure(): Promise<void> | undefined {
    return this.#blocked?.promise;
  }

  /** Grows while the socket takes what was sent. */
  get takenBytes(): number {
    return this.#totalBytes - (this.#connection?.bufferedBytes ?? 0);
  }

  attach(connection: LiveConnection): void {
    this.#connection = connection;
    this.pump();
  }

  /** The connection is gone: nobody waits for its socket. */
  detach(): void {
    this.#connection = undefined;
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#blocked?.resolve();
    this.#blocked = undefined;
  }

  /** Sends the part that has just been appended, when everything before it is out and the socket takes it. */
  say(ledger: UtteranceLedger, last: boolean): void {
    const connection = this.#connection;
    if (connection === undefined || this.#isBlocked()) return;
    const { wireReqId, latest, begun } = ledger;
    if (this.#head?.reqId !== wireReqId) this.#head = new AudioInputHead(wireReqId);
    this.#send(connection, this.#head.write(latest, last));
    ledger.markSent(last);
    if (!begun) this.#onBegun(wireReqId);
  }

  /** Sends what waits, oldest utterance first, until everything is out or the socket holds enough. */
  pump(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    for (const ledger of this.#speaking()) {
      while (!this.#isBlocked()) {
        const { wireReqId, begun } = ledger;
        const next = ledger.takeNext(MAX_AUDIO_MESSAGE_BYTES);
        if (next === undefined) break;
        this.#send(connection, encodeAudioInput(wireReqId, next.end, next.audio));
        if (!begun) this.#onBegun(wireReqId);
      }
    }
  }

  /** The socket's buffer is low again. */
  drained(): void {
    const blocked = this.#blocked;
    this.#blocked = undefined;
    this.pump();
    // What waited goes first: when that fills the socket again, its writers go on waiting.
    if (this.#isBlocked()) this.#blocked = blocked ?? this.#blocked;
    else blocked?.resolve();
  }

  #isBlocked(): boolean {
    return this.#blocked !== undefined;
  }

  #send(connection: LiveConnection, bytes: Uint8Array): void {
    connection.send(bytes);
    this.#sentBytes += bytes.length;
    this.#totalBytes += bytes.length;
    if (connection.bufferedBytes > HIGH_WATER_BYTES) {
      this.#blocked = new Deferred<void>();
      connection.notifyBelow(LOW_WATER_BYTES);
    } else if (this.#sentBytes > UNCOUNTED_BYTES) this.#suspectUncounted(connection);
  }

  #suspectUncounted(connection: LiveConnection): void {
    const nowMs = this.#clock.nowMs();
    const sinceMs = nowMs - this.#countedFromMs;
    this.#sentBytes = 0;
    this.#countedFromMs = nowMs;
    if (sinceMs > UNCOUNTED_WITHIN_MS || connection.bufferedBytes > 0) return;
    this.#blocked = new Deferred<void>();
    this.#turn = this.#clock.schedule(0, () => this.drained());
  }
}
