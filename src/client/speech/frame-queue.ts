/**
 * The frames of one utterance for a `for await` loop. The socket is read even while the loop is slow, so that pings are answered and
 * losses noticed; frames that the loop has not taken wait here, in bounded memory. A loop that reaches a frame that was not kept ends
 * with an error. Must not know connections.
 */
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { Frame } from '../events/session-events.js';
import { Deferred } from '../waiting/deferred.js';
import { FrameBacklog, OfferedFrame } from './frame-loop.js';
import type { ReaderWatch, WatchedReader } from './frame-loop.js';

const MIB = 1024 * 1024;
/** Kept for a loop that has not begun, bytes; more than a minute of animation. */
export const UNCLAIMED_BYTES = MIB;
/** Kept for a loop that takes no frames, bytes. At ten times real time that is a minute, so the time-out comes first. */
export const HANGING_BYTES = 8 * MIB;
/** Kept in addition for each frame that a loop takes, bytes, up to 40 minutes of animation: such a loop is slow, but does not hang. */
const BYTES_PER_TAKEN = 2 * MIB;
export const BEHIND_BYTES = 32 * MIB;
/** Quarters of `readerTimeoutMs` in which no frame is taken; the quarter in which frames began to wait is not counted. */
const MAX_QUIET_QUARTERS = 4;
const JUST_BEGUN = -1;

/** Why frames are missing: frames from this `index` on are not kept. */
export interface MissingFrames {
  readonly why: 'late' | 'calledBack' | 'behind' | 'timedOut';
  readonly index: number;
  /** Memory of the kept frames before it, bytes. */
  readonly keptBytes: number;
}

/** The part of the session's pause that a loop uses. */
interface DeliveryPause {
  /** Whether no frame may be delivered now. */
  readonly holdsNow: boolean;
  /** Resolves when the pause is over. */
  readonly over: Promise<void>;
}

export interface FrameQueueHost {
  readonly pausing: DeliveryPause;
  readonly readers: ReaderWatch;
  /** Makes the error with which a loop ends when it reaches the missing frames. */
  framesMissing(reqId: string, missing: MissingFrames, outcome?: UtteranceOutcome): AvatarSDKError;
}

type Stage =
  | { readonly kind: 'open' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'left' }; // The loop was left: no more frames are read.

export class FrameQueue implements AsyncIterableIterator<Frame, undefined>, WatchedReader {
  /** The outcome of the utterance; undefined until it has settled. */
  outcome: UtteranceOutcome | undefined;
  /** Called when `isBeingRead` may have become false. */
  onRead: (() => void) | undefined;
  readonly #reqId: string;
  readonly #host: FrameQueueHost;
  readonly #backlog = new FrameBacklog();
  /** The frame for a loop that is waiting, which bypasses the backlog. */
  #direct: Frame | undefined;
  #claimed = false;
  /** Whether the loop has begun and has not ended. */
  #loops = false;
  /** Whether a callback of the application got the latest frame as well. */
  #isCalledBack = false;
  #stage: Stage = { kind: 'open' };
  #missing: MissingFrames | undefined;
  #reader: Deferred<void> | undefined;
  /** The earliest result that a loop has got and not yet read. */
  #offered: OfferedFrame | undefined;
  /** The number of the first keyframe that no loop can get. */
  #lostFrom: number | undefined;
  #cleared = false;
  /** Frames that the loop has taken in the current quarter, and in the previous one. */
  #takenNow = 0;
  #takenBefore = 0;
  #quietQuarters = JUST_BEGUN;

  constructor(reqId: string, host: FrameQueueHost) {
    this.#reqId = reqId;
    this.#host = host;
  }

  get waits(): boolean {
    return this.#direct !== undefined || this.#backlog.length > 0;
  }

  /** Whether a loop has read everything that was kept for it. */
  get isEmpty(): boolean {
    return !this.waits && this.#offered === undefined;
  }

  /** Whether a loop has begun, and may still take received frames. */
  get isBeingRead(): boolean {
    if (!this.#loops) return false;
    return this.waits || (this.#offered !== undefined && this.#lostFrom === undefined);
  }

  /**
   * The number of the first keyframe that no loop has taken, or could take if it began now; undefined if there is none. A frame with
   * which `next` has resolved counts as taken.
   */
  get firstMissing(): number | undefined {
    return (this.#claimed ? this.#firstWaiting : undefined) ?? this.#lostFrom;
  }

  /** The number of the first keyframe that no loop has taken yet; undefined if every received frame has been taken. */
  get firstUntaken(): number | undefined {
    return this.#offered?.index ?? this.#firstWaiting ?? this.#lostFrom;
  }

  /** @param calledBack whether a callback of the application also gets the frame; then none is kept for a loop that has not begun */
  push(frame: Frame, calledBack: boolean): void {
    this.#isCalledBack = calledBack;
    if (this.#stage.kind !== 'open' || this.#missing !== undefined) {
      this.#lostFrom ??= frame.index;
      return;
    }
    if (this.#reader !== undefined && !this.waits) this.#direct = frame;
    else if (calledBack && !this.#claimed) this.#lose('calledBack', frame.index);
    else if (this.#hasRoom(frame)) this.#backlog.push(frame);
    else this.#lose(this.#claimed ? 'behind' : 'late', frame.index);
    if (this.#claimed && this.#backlog.length === 1) this.#watch();
    this.#wake();
  }

  /** No more frames come: the loop takes the waiting ones, then ends, or throws `error`. */
  end(error?: Error): void {
    if (this.#stage.kind !== 'open') return;
    this.#stage = error === undefined ? { kind: 'complete' } : { kind: 'failed', error };
    this.#wake();
  }

  /** The utterance was interrupted: no loop gets a waiting frame, not even one whose `next` has resolved but whose result is unread. */
  clear(): void {
    this.#cleared = true;
    this.#loopOver();
    this.#letGo(this.firstUntaken);
    this.#missing = undefined;
    this.#wake();
    this.onRead?.();
  }

  [Symbol.asyncIterator](): this {
    this.#claim();
    return this;
  }

  async next(): Promise<IteratorResult<Frame, undefined>> {
    this.#claim();
    for (let hasTurn = false; ;) {
      if (this.#isPaused) {
        await this.#untilWoken(this.#host.pausing.over);
        hasTurn = false;
        continue;
      }
      if (this.waits && this.#needsTurn && !hasTurn) {
        await this.#host.readers.turn();
        hasTurn = true;
        continue;
      }
      const frame = this.#take();
      if (frame !== undefined) return this.#offer(frame);
      const stage = this.#stage;
      if (this.#missing === undefined && stage.kind === 'open') {
        await this.#untilWoken();
        hasTurn = false;
        continue;
      }
      this.#loopOver();
      if (this.#missing !== undefined)
        throw this.#host.framesMissing(this.#reqId, this.#missing, this.outcome);
      if (stage.kind === 'failed') throw stage.error;
      return { done: true, value: undefined };
    }
  }

  /** The loop was left: later frames are not kept. The utterance continues. */
  return(): Promise<IteratorResult<Frame, undefined>> {
    this.#stage = { kind: 'left' };
    this.#missing = undefined;
    this.#loopOver();
    this.#letGo(this.#firstWaiting);
    this.#wake();
    this.onRead?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** A loop reads its result: returns whether it still gets the frame. Throws the error with which the loop ends. */
  mayTake(offered: OfferedFrame): boolean {
    if (this.#offered === offered) this.#offered = undefined;
    if (this.isEmpty) this.onRead?.();
    if (this.#cleared && this.#stage.kind === 'failed') throw this.#stage.error;
    return !this.#cleared;
  }

  quarterPassed(): void {
    // While the session is paused the loop may not take a frame, so it is not late.
    if (this.#isPaused) return;
    this.#quietQuarters = this.#takenNow > 0 ? 0 : this.#quietQuarters + 1;
    this.#takenBefore = this.#takenNow;
    this.#takenNow = 0;
    if (this.#quietQuarters < MAX_QUIET_QUARTERS) return;
    this.#lose('timedOut', this.#firstWaiting ?? 0);
    this.#letGo(this.#firstWaiting);
    this.onRead?.();
  }

  /** Whether waiting frames may not be delivered now. */
  get #isPaused(): boolean {
    return this.waits && this.#host.pausing.holdsNow;
  }

  get #firstWaiting(): number | undefined {
    return this.#direct?.index ?? this.#backlog.firstIndex;
  }

  #hasRoom({ raw }: Frame): boolean {
    const keptBytes = this.#backlog.keptWith(raw.length);
    if (!this.#claimed) return keptBytes <= UNCLAIMED_BYTES;
    // A loop that has taken everything before gets the next message, whatever its size.
    if (!this.waits) return true;
    const taken = this.#takenNow + this.#takenBefore;
    return keptBytes <= Math.min(BEHIND_BYTES, HANGING_BYTES + taken * BYTES_PER_TAKEN);
  }

  #take(): Frame | undefined {
    // A frame that was delivered directly does not show that the loop takes waiting frames.
    if ((this.#direct === undefined) === this.#backlog.length > 0) this.#takenNow += 1;
    const frame = this.#direct ?? this.#backlog.shift(this.#reqId);
    this.#direct = undefined;
    return frame;
  }

  /** A resolved promise can't be withdrawn, so the frame counts as taken only when its result is read. */
  #offer(frame: Frame): IteratorResult<Frame, undefined> {
    const offered = new OfferedFrame(frame, this);
    this.#offered ??= offered;
    return offered as IteratorResult<Frame, undefined>;
  }

  /** Whether other code may pause the session between a decision here and the next step of the loop. */
  get #needsTurn(): boolean {
    return this.#isCalledBack || this.#host.readers.loops > 1;
  }

  #loopOver(): void {
    if (this.#loops) this.#host.readers.loops -= 1;
    this.#loops = false;
    this.#host.readers.forget(this);
  }

  #claim(): void {
    if (this.#claimed) return;
    this.#claimed = true;
    this.#loops = true;
    this.#host.readers.loops += 1;
    if (this.waits) this.#watch();
  }

  #watch(): void {
    this.#takenNow = 0;
    this.#takenBefore = 0;
    this.#quietQuarters = JUST_BEGUN;
    this.#host.readers.add(this);
  }

  #lose(why: MissingFrames['why'], index: number): void {
    this.#missing = { why, index, keptBytes: this.#backlog.keptBytes };
    this.#lostFrom ??= index;
  }

  /** Drops the waiting frames from the keyframe `from` on, which may be below the first one that was lost before. */
  #letGo(from: number | undefined): void {
    if (from !== undefined) this.#lostFrom = Math.min(from, this.#lostFrom ?? from);
    this.#direct = undefined;
    this.#backlog.clear();
  }

  /** Resolves when the queue has changed, or when `over` resolves. */
  #untilWoken(over?: Promise<void>): Promise<void> {
    this.#reader ??= new Deferred<void>();
    void over?.then(() => this.#wake());
    return this.#reader.promise;
  }

  #wake(): void {
    this.#reader?.resolve();
    this.#reader = undefined;
  }
}
