/**
 * The ledger of one utterance: the audio that the application wrote, how much of it has gone out under the request id of the current
 * connection (a *run*), and which keyframes have already been handed over. A run may begin again on another connection; keyframes that
 * were handed over are then skipped, so that the application gets every keyframe once, in order. Independent of socket, clock and
 * promises.
 */

import { AudioLog } from './audio-log.js';
import type { AudioMemory } from './audio-log.js';

/** One message to send: audio, and whether it is the last of the request. */
export interface OutgoingAudio {
  readonly audio: Uint8Array;
  readonly end: boolean;
}

/**
 * What to do with an animation message.
 * - `deliver`: hand it over without its first `skip` keyframes; the next one is number `index` of the utterance. `last`: it
 *   completes the utterance. `resumed`: it is the first one after a recovery
 * - `repeat`: everything in it was handed over before the connection was lost
 */
export type Receipt =
  | {
      readonly kind: 'deliver';
      readonly skip: number;
      readonly index: number;
      readonly last: boolean;
      readonly resumed: boolean;
    }
  | { readonly kind: 'repeat' };

/** Where a run begins: the first byte and millisecond that are sent, and the number of the first keyframe that comes back. */
export interface RunStart {
  readonly bytes: number;
  readonly ms: number;
  readonly keyframe: number;
}

const FROM_THE_BEGINNING: RunStart = Object.freeze({ bytes: 0, ms: 0, keyframe: 0 });
const REPEAT: Receipt = Object.freeze({ kind: 'repeat' });
const NO_AUDIO = new Uint8Array(0);

export class UtteranceLedger {
  /** The request id that the application sees; it never changes. */
  readonly reqId: string;
  /** The id of the current run; a fresh one for every re-send, because the service takes each only once. */
  wireReqId: string;
  /** The trace that the first message of each run carries. */
  traceContext: { readonly traceparent: string; readonly tracestate?: string } | undefined;
  readonly #audio: AudioLog;
  #begun = false;
  #endAsked = false;
  #endSent = false;
  #keptWhole = true;
  /** Keyframes of the utterance up to the latest one of the run. */
  #keyframesInRun = 0;
  #keyframesDelivered = 0;
  /** Whether no frame has come since the run began again. */
  #isResuming = false;
  /** The number of keyframes at which audio is released next. */
  letGoAtKeyframe = Infinity;
  /** How often the audio, or its tail, has been sent again. */
  replays = 0;
  /** Where the current run began, milliseconds of the utterance. */
  #runFromMs = 0;
  /** Where the kept audio begins, bytes of the utterance. */
  #keptFromBytes = 0;
  /** The furthest byte that runs before the current one had sent. */
  #furthestSentBytes = 0;
  #playedMs = 0;

  constructor(reqId: string, memory?: AudioMemory) {
    this.#audio = new AudioLog(memory);
    this.reqId = reqId;
    this.wireReqId = reqId;
  }

  /** Whether the application has ended the utterance. */
  get endAsked(): boolean {
    return this.#endAsked;
  }

  /** Whether something of this utterance has been sent in this run. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether the end has been sent in this run. */
  get endSent(): boolean {
    return this.#endSent;
  }

  /** Where the current run began, milliseconds of the utterance. */
  get runFromMs(): number {
    return this.#runFromMs;
  }

  /** The furthest byte of the utterance that has been sent in this run; valid until the audio is released. */
  get sentBytes(): number {
    return this.#keptFromBytes + this.#audio.takenBytes;
  }

  /** The furthest byte of the utterance that has been sent in any run. */
  get furthestSentBytes(): number {
    return Math.max(this.#furthestSentBytes, this.sentBytes);
  }

  /** Where the kept audio begins, bytes of the utterance. */
  get keptFromBytes(): number {
    return this.#keptFromBytes;
  }

  /** Whether all audio that may have to be sent again is still kept. */
  get keptWhole(): boolean {
    return this.#keptWhole;
  }

  /** Bytes of audio kept. */
  get audioBytes(): number {
    return this.#audio.bytes;
  }

  /** Keyframes of the utterance received so far, each counted once. */
  get keyframesDelivered(): number {
    return this.#keyframesDelivered;
  }

  /** The furthest position that the room has heard, milliseconds of the utterance; 0 until the service states one. */
  get playedMs(): number {
    return this.#playedMs;
  }

  /** Keeps a copy of a part until it is sent. The part may be sent in pieces, or joined to its neighbours. */
  append(part: Uint8Array): void {
    this.#audio.append(part);
  }

  /** Marks all kept audio as sent, and with `endToo` the end as well. */
  markSent(endToo: boolean): void {
    this.#begun = true;
    this.#audio.takeAll();
    if (endToo) this.#endSent = true;
    this.#forgetSent();
  }

  /** No more audio will be appended. */
  askEnd(): void {
    this.#endAsked = true;
  }

  /** From now on audio is kept only until it has been sent, so the utterance can't be sent again. */
  stopKeeping(): void {
    this.#keptWhole = false;
    this.#forgetSent();
  }

  /**
   * The next message to send, with at most `maxBytes` of audio, marked as sent; undefined when all is sent. The last audio carries the
   * end.
   */
  takeNext(maxBytes?: number): OutgoingAudio | undefined {
    const audio = this.#audio.take(maxBytes);
    if (audio === undefined && (!this.#endAsked || this.#endSent)) return undefined;
    const end = this.#endAsked && this.#audio.takenBytes === this.#audio.bytes;
    this.#begun = true;
    if (end) this.#endSent = true;
    this.#forgetSent();
    return { audio: audio ?? NO_AUDIO, end };
  }

  /**
   * Counts an animation message of the current run. `end` is the service's flag: before our own end has been sent in this run it ends
   * only a segment, and the utterance continues.
   */
  receive(keyframeCount: number, end: boolean): Receipt {
    const last = end && this.#endSent;
    const first = this.#keyframesInRun;
    const afterLast = first + keyframeCount;
    this.#keyframesInRun = afterLast;
    const index = this.#keyframesDelivered;
    if (!last && (afterLast < index || (afterLast === index && keyframeCount > 0))) return REPEAT;
    const skip = Math.min(Math.max(index - first, 0), keyframeCount);
    this.#keyframesDelivered = Math.max(index, afterLast);
    // A renderer has to blend into the first keyframe after a recovery. A message without keyframes counts as resumed only if no keyframe
    // had come before.
    const resumed = this.#isResuming && (keyframeCount > skip || last || index === 0);
    if (resumed) this.#isResuming = false;
    return { kind: 'deliver', skip, index, last, resumed };
  }

  /** The room has played `runMs` of the current run. A smaller position than before has no effect. */
  played(runMs: number): void {
    this.#playedMs = Math.max(this.#playedMs, this.#runFromMs + runMs);
  }

  /** Releases the audio before `bytes` of the utterance, as far as it has been sent. */
  letGoBefore(bytes: number): void {
    const toBytes = Math.min(bytes, this.sentBytes);
    if (toBytes <= this.#keptFromBytes) return;
    this.#audio.letGo(toBytes - this.#keptFromBytes);
    this.#keptFromBytes = toBytes;
  }

  /** Begins the next run under a new request id: from the first byte, or from `from`. */
  restart(wireReqId: string, from: RunStart = FROM_THE_BEGINNING): void {
    if (this.#begun) {
      this.replays += 1;
      this.#isResuming = true;
    }
    this.wireReqId = wireReqId;
    this.#furthestSentBytes = this.furthestSentBytes;
    if (from.bytes >= this.#keptFromBytes) this.#moveTo(from);
    this.#audio.rewind();
    this.#begun = false;
    this.#endSent = false;
    this.#keyframesInRun = from.keyframe;
  }

  /** Releases the audio; nothing can be sent again afterwards. */
  release(): void {
    this.#keptWhole = false;
    this.#audio.clear();
  }

  /**
   * Drops the audio before `from`; audio that has not been sent can't have been played, whatever position the
   * service reports.
   */
  #moveTo({ bytes, ms }: RunStart): void {
    const toBytes = Math.min(bytes, this.sentBytes);
    this.#audio.cutHead(toBytes - this.#keptFromBytes);
    this.#keptFromBytes = toBytes;
    this.#runFromMs = bytes === 0 ? 0 : ms * (toBytes / bytes);
    if (toBytes < bytes) this.#playedMs = this.#runFromMs;
  }

  #forgetSent(): void {
    if (this.#keptWhole || this.#audio.takenBytes < this.#audio.bytes) return;
    this.#keptFromBytes += this.#audio.bytes;
    this.#audio.clear();
  }
}
