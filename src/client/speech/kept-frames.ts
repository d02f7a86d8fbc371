/**
 * All frames of one utterance, for any number of loops over them: `frames: 'keep'`. Bounded; a frame beyond the bound ends a loop with an
 * error. It replaces a FrameQueue: results count the frames that a loop took in the same way.
 */
import type { UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import { Frame } from '../events/session-events.js';
import { Deferred } from '../waiting/deferred.js';
import { OfferedFrame } from './frame-loop.js';
import { FrameQueue } from './frame-queue.js';
import type { FrameQueueHost, MissingFrames } from './frame-queue.js';
import type { UtteranceTraits } from './utterance-interfaces.js';

/** The memory limit of the frames, bytes: about 40 minutes of animation, as for a slow loop. */
export const KEPT_BYTES = 32 * 1024 * 1024;
/** The memory of a frame in addition to its bytes, at most. */
const FRAME_BYTES = 512;

/** Undefined if no frames are kept for a loop. */
export function framesOf(
  { frames }: UtteranceTraits,
  reqId: string,
  host: FrameQueueHost,
): FrameQueue | KeptFrames | undefined {
  if (frames === 'none') return undefined;
  return frames === 'keep' ? new KeptFrames(reqId, host) : new FrameQueue(reqId, host);
}

export class KeptFrames {
  /** The outcome of the utterance; undefined while it is open. */
  outcome: UtteranceOutcome | undefined;
  /** Called when `isBeingRead` may have become false. */
  onRead: (() => void) | undefined;
  readonly #reqId: string;
  readonly #host: FrameQueueHost;
  #frames: Frame[] = [];
  #keptBytes = 0;
  /** How many frames the furthest loop has taken. */
  #taken = 0;
  #loops = 0;
  #hasBegun = false;
  #end: { readonly error: Error | undefined } | undefined;
  #missing: MissingFrames | undefined;
  #cleared = false;
  #changed: Deferred<void> | undefined;

  constructor(reqId: string, host: FrameQueueHost) {
    this.#reqId = reqId;
    this.#host = host;
  }

  /** Whether a loop has taken everything. */
  get isEmpty(): boolean {
    return this.firstUntaken === undefined;
  }

  /** Whether a loop has begun, and may still take frames that came. */
  get isBeingRead(): boolean {
    return this.#loops > 0 && this.#taken < this.#frames.length;
  }

  /** The number of the first keyframe that no loop has, or would get if it began now; undefined if there is none. */
  get firstMissing(): number | undefined {
    return this.#hasBegun ? this.firstUntaken : this.#missing?.index;
  }

  /** The number of the first keyframe that no loop has taken; undefined if every received frame has been taken. */
  get firstUntaken(): number | undefined {
    return this.#frames[this.#taken]?.index ?? this.#missing?.index;
  }

  push({ reqId, end, index, raw, resumed }: Frame): void {
    if (this.#end !== undefined || this.#missing !== undefined) return;
    const keptBytes = this.#keptBytes + raw.length + FRAME_BYTES;
    if (keptBytes > KEPT_BYTES) this.#missing = { why: 'behind', index, keptBytes: this.#keptBytes };
    else {
      // The received frame is a view of all bytes that the system read at once, so it is copied.
      const own = Buffer.allocUnsafeSlow(raw.length);
      own.set(raw);
      AVATAR_CODEC.keepMemory(own);
      this.#frames.push(new Frame(reqId, end, index, own, resumed));
      this.#keptBytes = keptBytes;
    }
    this.#wake();
  }

  /** No more frames come: loops end after the kept frames, or throw `error` after them. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The utterance was interrupted: no loop gets a further frame, not even one whose `next` has resolved but whose result is unread. */
  clear(): void {
    this.#cleared = true;
    this.#frames = this.#frames.slice(0, this.#taken);
    this.#wake();
    this.onRead?.();
  }

  /** A loop from the keyframe `from` on; one for each call. A frame that begins before `from` and ends after it is trimmed. */
  read(from: number): AsyncIterableIterator<Frame, undefined> {
    let at: number | undefined;
    let isOver = false;
    const over = (): IteratorResult<Frame, undefined> => {
      if (at !== undefined && !isOver) this.#loops -= 1;
      isOver = true;
      this.onRead?.();
      return { done: true, value: undefined };
    };
    const loop: AsyncIterableIterator<Frame, undefined> = {
      next: async () => {
        if (at === undefined && !isOver) {
          at = 0;
          this.#loops += 1;
          this.#hasBegun = true;
        }
        for (;;) {
          if (isOver || this.#cleared) return over();
          if (this.#host.pausing.holdsNow) {
            await this.#host.pausing.over;
            continue;
          }
          const place = this.#placeFrom(at ?? 0, from);
          if (place !== undefined) {
            at = place + 1;
            return this.#offer(place, from);
          }
          if (this.#missing !== undefined) {
            over();
            throw this.#host.framesMissing(this.#reqId, this.#missing, this.outcome);
          }
          if (this.#end !== undefined) {
            const { error } = this.#end;
            over();
            if (error !== undefined) throw error;
            return { done: true, value: undefined };
          }
          await this.#untilChanged();
        }
      },
      return: () => Promise.resolve(over()),
      [Symbol.asyncIterator]: () => loop,
    };
    return loop;
  }

  /** The index of the first frame, at `at` or later, that has a keyframe from `from` on. */
  #placeFrom(at: number, from: number): number | undefined {
    for (let place = at; place < this.#frames.length; place += 1) {
      const frame = this.#frames[place];
      if (frame === undefined) return undefined;
      if (frame.index >= from) return place;
      // Keyframes are decoded only if the index of the next frame does not show that this one ends before `from`.
      const next = this.#frames[place + 1];
      if (next !== undefined && next.index <= from) continue;
      if (frame.index + frame.keyframes.length > from) return place;
    }
    return undefined;
  }

  #offer(place: number, from: number): IteratorResult<Frame, undefined> {
    const kept = this.#frames[place];
    if (kept === undefined) return { done: true, value: undefined };
    const frame = kept.index < from ? trimmed(kept, from) : kept;
    const taking = {
      mayTake: (): boolean => {
        if (this.#cleared) return false;
        this.#taken = Math.max(this.#taken, place + 1);
        if (this.#taken === this.#frames.length) this.onRead?.();
        return true;
      },
    };
    return new OfferedFrame(frame, taking) as IteratorResult<Frame, undefined>;
  }

  #untilChanged(): Promise<void> {
    this.#changed ??= new Deferred<void>();
    return this.#changed.promise;
  }

  #wake(): void {
    this.#changed?.resolve();
    this.#changed = undefined;
  }
}

/** The frame without its keyframes before `from`. */
function trimmed({ reqId, end, index, raw, resumed }: Frame, from: number): Frame {
  return new Frame(reqId, end, from, AVATAR_CODEC.trimLeadingKeyframes(raw, from - index), resumed);
}
