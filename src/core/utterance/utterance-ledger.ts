/**
 * The ledger of one utterance: the audio that the application wrote, how much of it has gone out under the request id of the current
 * connection (a *run*), and which keyframes have already been handed over. A run may begin again on another connection; what was handed
 * over is then skipped, so that the application sees every keyframe once, in order. Knows no socket, no clock and no promise.
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

/** Where a run begins: the first byte and millisecond that it sends, and the number of the first keyframe it gets. */
export interface RunStart {
  readonly bytes: number;
  readonly ms: number;
  readonly keyframe: number;
}

const FROM_THE_BEGINNING: RunStart = Object.freeze({ bytes: 0, ms: 0, keyframe: 0 });
const REPEAT: Receipt = Object.freeze({ kind: 'repeat' });
const NO_AUDIO = new Uint8Array(0);

export class UtteranceLedger {
  /** The id the application knows; it never changes. */
  readonly reqId: string;
  /** The id of the current run; a fresh one for every re-send, because the service takes each only once. */
  wireReqId: string;
  /** The trace that the first message of each run carries. */
  traceContext: { readonly traceparent: string; readonly tracestate?: string } | undefined;
  /** How often the audio, or its tail, has been sent again. */
  replays = 0;

  readonly #audio: AudioLog;
  #keptWhole = true;
  #endAsked = false;
  #begun = false;
  #endSent = false;
  /** The number of keyframes at which audio is released next. */
  letGoAtKeyframe = Infinity;
  /** Where in the utterance the current run began, milliseconds of audio. */
  #runFromMs = 0;
  /** Where in the utterance the audio begins that is kept, bytes. */
  #keptFromBytes = 0;
  /** How far runs before the current one had come, bytes. */
  #furthestSentBytes = 0;
  /** Keyframes of the utterance up to the latest one of the run. */
  #keyframesInRun = 0;
  /** Whether no frame has come since the run began again. */
  #isResuming = false;
  #keyframesDelivered = 0;
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

  /** Whether something of this utterance has gone out in this run. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether the end has gone out in this run. */
  get endSent(): boolean {
    return this.#endSent;
  }

  /** Where in the utterance the current run began, milliseconds of audio. */
  get runFromMs(): number {
    return this.#runFromMs;
  }

  /** Bytes of the utterance up to the last one that has gone out in this run; until the audio is released. */
  get sentBytes(): number {
    return this.#keptFromBytes + this.#audio.takenBytes;
  }

  /** Bytes of the utterance up to the last one that has ever gone out. */
  get furthestSentBytes(): number {
    return Math.max(this.#furthestSentBytes, this.sentBytes);
  }

  /** Where in the utterance the audio begins that is kept, bytes. */
  get keptFromBytes(): number {
    return this.#keptFromBytes;
  }

  /** Whether everything that may have to be sent again is still here. */
  get keptWhole(): boolean {
    return this.#keptWhole;
  }

  /** Bytes of audio kept. */
  get audioBytes(): number {
    return this.#audio.bytes;
  }

  /** Keyframes that came for the application so far, each counted once. */
  get keyframesDelivered(): number {
    return this.#keyframesDelivered;
  }

  /** The furthest position that the room has heard, milliseconds of the utterance; 0 until the service says one. */
  get playedMs(): number {
    return this.#playedMs;
  }

  /** Keeps a copy of a part, to be sent now or later; later it may be joined to its neighbours, or split. */
  append(part: Uint8Array): void {
    this.#audio.append(part);
  }

  /** Everything that is kept has been sent; with the end, when `endToo`. */
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

  /** From now on audio is kept only until it has been sent: the utterance can't be sent again. */
  stopKeeping(): void {
    this.#keptWhole = false;
    this.#forgetSent();
  }

  /** The next message to send, with at most `maxBytes` of audio, marked as sent; undefined when drained. The last audio carries the end. */
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
   * An animation message of the current run came in. `end` is the service's flag: before our own end has been sent in this run it ends a
   * segment, and the utterance goes on.
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
    // A message without a keyframe is not what a renderer has to blend into, unless nothing had come before.
    const resumed = this.#isResuming && (keyframeCount > skip || last || index === 0);
    if (resumed) this.#isResuming = false;
    return { kind: 'deliver', skip, index, last, resumed };
  }

  /** The room has played `runMs` of the current run. A position that goes backwards has no effect. */
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

  /** The current run is void: the next one begins with the first byte, or with a later one, under a fresh id. */
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
