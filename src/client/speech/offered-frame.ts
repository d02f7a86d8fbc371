/** One frame between a loop's `next` and the moment at which the loop looks at the result. */
import type { Frame } from '../events/frame.js';

/** Where the frame comes from. */
interface FrameTaking {
  /** Called once, when a loop looks at the result. */
  mayTake(offered: OfferedFrame): boolean;
}

/**
 * What `next` of a loop over frames resolves with. A promise that is resolved can't be taken back, but its result is read later: that
 * decides whether the loop may still have the frame.
 */
export class OfferedFrame {
  readonly index: number;
  /** Present until a loop has looked. */
  #queue: FrameTaking | undefined;
  #frame: Frame | undefined;

  constructor(frame: Frame, queue: FrameTaking) {
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
    const queue = this.#queue;
    this.#queue = undefined;
    if (queue !== undefined) {
      const frame = this.#frame;
      this.#frame = undefined;
      if (queue.mayTake(this)) this.#frame = frame;
    }
    return this.#frame;
  }
}
