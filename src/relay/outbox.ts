/**
 * The messages to the browser, in order: one utterance after the other, each with its audio before the frames that belong to it and its
 * end after the last of them. Every message has a number, from 0. Messages that the browser has not confirmed are kept if it may
 * reconnect. Decides which source may be read further. Must not know sockets, sessions or time.
 */
import type { Dialect, Encoded } from './dialects.js';
import { Lane } from './lane.js';
import type { LaneHost } from './lane.js';
import type { DownMessage } from './messages.js';

interface SentMessage {
  /** Absent if it is not kept. */
  readonly data: Encoded | undefined;
  readonly sizeBytes: number;
}

/** The most texts of the conversation that wait; older ones are dropped. */
const MAX_WAITING_TRANSCRIPTS = 256;

export class Outbox implements LaneHost {
  readonly dialect: Dialect;
  readonly #windowBytes: number;
  readonly #keeps: boolean;
  readonly #onAdded: () => void;
  /** Messages that are sent before all utterances. */
  #urgent: DownMessage[] = [];
  #lanes: Lane[] = [];
  /** Sent messages that the browser has not confirmed, in order. */
  #sent: SentMessage[] = [];
  /** The number of the first message in `#sent`. */
  #firstNumber = 0;
  /** How many messages of `#sent` were sent on the current connection. */
  #onLine = 0;
  /** The bytes of those messages. */
  onLineBytes = 0;
  /** The bytes of all messages in `#sent`. */
  #unconfirmedBytes = 0;
  /** The latest utterance of which the browser got a part; undefined after the message that drops it was sent. */
  #latestBegun: string | undefined;

  /**
   * @param windowBytes the limit of unconfirmed bytes, at which no more audio is read
   * @param keeps whether the browser may reconnect
   * @param onAdded called when a message can be sent
   */
  constructor(dialect: Dialect, windowBytes: number, keeps: boolean, onAdded: () => void) {
    this.dialect = dialect;
    this.#windowBytes = windowBytes;
    this.#keeps = keeps;
    this.#onAdded = onAdded;
  }

  /** The number of the next new message. */
  get nextNumber(): number {
    return this.#firstNumber + this.#sent.length;
  }

  /** The number of the next message on the current connection. */
  get nextOnLine(): number {
    return this.#firstNumber + this.#onLine;
  }

  get isEmpty(): boolean {
    return this.#onLine === this.#sent.length && this.#urgent.length === 0 && this.#lanes.length === 0;
  }

  /** Bytes that are kept for the browser. */
  get keptBytes(): number {
    let bytes = this.#keeps ? this.#unconfirmedBytes : 0;
    for (const lane of this.#lanes) bytes += lane.queuedBytes;
    return bytes;
  }

  open(reqId: string): Lane {
    const lane = new Lane(reqId, this);
    this.#lanes.push(lane);
    return lane;
  }

  /** Adds a message that is sent before all waiting ones. */
  say(message: DownMessage): void {
    this.#urgent.push(message);
    if (message.type === 'transcript') this.#boundTranscripts();
    this.#onAdded();
  }

  /** The source of the current utterance may fill the window, that of the next one half of it; others wait. */
  mayRead(lane: Lane): boolean {
    if (lane.isClosed) return true;
    switch (this.#lanes.indexOf(lane)) {
      case 0:
        return this.#unconfirmedBytes + lane.queuedBytes < this.#windowBytes;
      case 1:
        return lane.queuedBytes < this.#windowBytes / 2;
      default:
        return false;
    }
  }

  /** The next message for the current connection; undefined if none waits. */
  next(): Encoded | undefined {
    const again = this.#sent[this.#onLine];
    if (again?.data !== undefined) return this.#wentOut(again.data, again.sizeBytes);
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      const data = this.dialect.encode(message);
      if (data === undefined) continue;
      const sizeBytes = data.length;
      this.#sent.push({ data: this.#keeps ? data : undefined, sizeBytes });
      this.#unconfirmedBytes += sizeBytes;
      return this.#wentOut(data, sizeBytes);
    }
    return undefined;
  }

  /** The browser has received all messages below this number. */
  confirmed(number: number): void {
    const count = Math.min(number, this.nextOnLine) - this.#firstNumber;
    if (count <= 0) return;
    let sizeBytes = 0;
    for (const message of this.#sent.splice(0, count)) sizeBytes += message.sizeBytes;
    this.#firstNumber += count;
    this.#onLine -= count;
    this.onLineBytes -= sizeBytes;
    this.#unconfirmedBytes -= sizeBytes;
    this.#checkRoom();
  }

  /**
   * Begins a new connection, whose browser has received all messages below this number: later ones are sent again. If they are not kept,
   * returns false and changes nothing.
   */
  resume(number: number): boolean {
    if (!this.#keeps || number < this.#firstNumber || number > this.nextNumber) return false;
    this.#onLine = this.#sent.length;
    this.confirmed(number);
    this.#onLine = 0;
    this.onLineBytes = 0;
    return true;
  }

  /** Drops all utterances, and makes the browser drop the parts that it has received. */
  interrupt(byBrowser: boolean): void {
    for (const lane of this.#lanes.splice(0)) lane.cut();
    this.#interruptBegun(byBrowser);
  }

  /** Drops one utterance. */
  cut(lane: Lane): void {
    lane.cut();
    this.#lanes = this.#lanes.filter((one) => one !== lane);
    if (this.#latestBegun === lane.reqId) this.#interruptBegun(false);
    this.#checkRoom();
  }

  /** Like `interrupt`, for utterances that were not sent completely; nothing else is sent. */
  abandon(): void {
    if (this.#lanes.length > 0) this.interrupt(false);
  }

  /** Drops the record of all sent messages, because the browser starts afresh. */
  forget(): void {
    this.#firstNumber = this.nextNumber;
    this.#sent = [];
    this.#onLine = 0;
    this.onLineBytes = 0;
    this.#unconfirmedBytes = 0;
    this.#urgent = [];
    this.#latestBegun = undefined;
    this.#checkRoom();
  }

  added(): void {
    this.#onAdded();
  }

  closed(): void {
    this.#dropFinished();
    this.#onAdded();
  }

  #wentOut(data: Encoded, sizeBytes: number): Encoded {
    this.#onLine += 1;
    this.onLineBytes += sizeBytes;
    return data;
  }

  #take(): DownMessage | undefined {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return urgent;
    const lane = this.#lanes[0];
    const message = lane?.shift();
    if (lane === undefined || message === undefined) return undefined;
    if (lane.begun) this.#latestBegun = lane.reqId;
    this.#dropFinished();
    this.#checkRoom();
    return message;
  }

  /** The next utterance begins after everything of this one was sent: a player would drop frames of another one. */
  #dropFinished(): void {
    while (this.#lanes[0]?.isClosed === true && this.#lanes[0].isEmpty) this.#lanes.shift();
    this.#checkRoom();
  }

  #interruptBegun(byBrowser: boolean): void {
    const reqId = this.#latestBegun;
    if (reqId === undefined) return;
    this.#latestBegun = undefined;
    this.say({ type: 'interrupt', reqId, byBrowser });
  }

  #checkRoom(): void {
    for (const lane of this.#lanes.slice(0, 2)) lane.checkRoom();
  }

  #boundTranscripts(): void {
    if (this.#urgent.length <= MAX_WAITING_TRANSCRIPTS) return;
    const oldest = this.#urgent.findIndex(({ type }) => type === 'transcript');
    this.#urgent.splice(oldest, 1);
  }
}
