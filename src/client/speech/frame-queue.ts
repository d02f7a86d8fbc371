/**
 * The frames of one utterance on their way to a `for await` loop. A loop that has not begun yet finds what came before,
 * up to a bound; a loop that reads slowly makes the session read slowly, instead of growing memory.
 */
import type { Frame } from '../events/frame.js';
import { Deferred } from '../waiting/quiet.js';

/** Kept for a loop that has not begun, bytes; about a minute of animation. */
const UNCLAIMED_BYTES = 1024 * 1024;
/** A loop this far behind, in bytes, stops the reading of the socket; half of it lets it go on. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = HIGH_WATER_BYTES / 2;

type Stage =
  | { readonly kind: 'open' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly error: Error }
  /** Nobody will read any more, or too much came before anybody did. */
  | { readonly kind: 'dropped'; readonly error?: Error };

export class FrameQueue implements AsyncIterableIterator<Frame, undefined> {
  readonly #onPressure: () => void;
  #frames: Frame[] = [];
  #bytes = 0;
  #claimed = false;
  #stage: Stage = { kind: 'open' };
  #reader: Deferred<void> | undefined;
  /** Resolved for a loop that has not looked at it yet; the earliest of them. */
  #offered: OfferedFrame | undefined;
  /** The number of the first keyframe that no loop gets any more. */
  #lostFrom: number | undefined;
  #cleared = false;
  /** Whether this queue wants the reading of the socket to stop. */
  full = false;

  /** `onPressure` is called whenever `full` has changed. */
  constructor(onPressure: () => void) {
    this.#onPressure = onPressure;
  }

  /**
   * The number of the first keyframe here that has not reached a loop, and may never do so; undefined when every frame that came
   * has been taken.
   */
  get firstUntaken(): number | undefined {
    return this.#offered?.index ?? this.#frames[0]?.index ?? this.#lostFrom;
  }

  /** Whether nothing waits here for a loop. */
  get isEmpty(): boolean {
    return this.#frames.length === 0 && this.#offered === undefined;
  }

  push(frame: Frame): void {
    if (this.#stage.kind !== 'open') {
      this.#lostFrom ??= frame.index;
      return;
    }
    this.#frames.push(frame);
    this.#bytes += frame.raw.length;
    if (!this.#claimed && this.#bytes > UNCLAIMED_BYTES) {
      const message = `more than ${UNCLAIMED_BYTES} bytes of frames came before anybody read them`;
      this.#drop({ kind: 'dropped', error: new RangeError(message) });
    }
    this.#wake();
  }

  /** No more frames: the loop ends after those that are here, or throws `error` after them. */
  end(error?: Error): void {
    if (this.#stage.kind !== 'open') return;
    this.#stage = error === undefined ? { kind: 'complete' } : { kind: 'failed', error };
    this.#wake();
  }

  /** The utterance was interrupted: no loop gets what waits here, not even one whose `next` is resolved but not looked at. */
  clear(): void {
    this.#cleared = true;
    this.#letGo();
    this.#wake();
  }

  [Symbol.asyncIterator](): this {
    this.#claimed = true;
    return this;
  }

  async next(): Promise<IteratorResult<Frame, undefined>> {
    this.#claimed = true;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#bytes -= frame.raw.length;
        this.#press();
        return this.#offer(frame);
      }
      const stage = this.#stage;
      if (stage.kind === 'failed') throw stage.error;
      if (stage.kind === 'dropped' && stage.error !== undefined) throw stage.error;
      if (stage.kind !== 'open') return { done: true, value: undefined };
      this.#reader ??= new Deferred<void>();
      await this.#reader.promise;
    }
  }

  /** A loop looks at what it was offered: whether it may still have it. */
  mayTake(offered: OfferedFrame): boolean {
    if (this.#offered === offered) this.#offered = undefined;
    return !this.#cleared;
  }

  /** The loop was left: later frames are not kept. The utterance goes on. */
  return(): Promise<IteratorResult<Frame, undefined>> {
    this.#drop({ kind: 'dropped' });
    this.#wake();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** A promise that is resolved can't be taken back, but its result is looked at later: only that counts as taken. */
  #offer(frame: Frame): IteratorResult<Frame, undefined> {
    const offered = new OfferedFrame(frame, this);
    this.#offered ??= offered;
    return offered as IteratorResult<Frame, undefined>;
  }

  #drop(stage: Stage): void {
    this.#stage = stage;
    this.#letGo();
  }

  #letGo(): void {
    this.#lostFrom ??= this.firstUntaken;
    this.#frames = [];
    this.#bytes = 0;
  }

  #wake(): void {
    this.#reader?.resolve();
    this.#reader = undefined;
    this.#press();
  }

  #press(): void {
    const full = this.#claimed && this.#bytes > (this.full ? LOW_WATER_BYTES : HIGH_WATER_BYTES);
    if (full === this.full) return;
    this.full = full;
    this.#onPressure();
  }
}

/** An iterator result that decides when it is looked at. */
class OfferedFrame {
  readonly index: number;
  /** Present until a loop has looked. */
  #queue: FrameQueue | undefined;
  #frame: Frame | undefined;

  constructor(frame: Frame, queue: FrameQueue) {
    this.index = frame.index;
    this.#frame = frame;
    this.#queue = queue;
  }

  get done(): boolean {
    return this.#taken() === undefined;
  }

  get value(): Frame | undefined {
    return this.#taken();
  }

  #taken(): Frame | undefined {
    if (this.#queue?.mayTake(this) === false) this.#frame = undefined;
    this.#queue = undefined;
    return this.#frame;
  }
}
