/**
 * Frames of utterances that are over and that a loop may still read: `session.interrupt()` concerns them too. Keeps none of
 * them alive, because a loop may never come.
 */
import type { FrameQueue } from './frame-queue.js';

export class UnreadFrames {
  #queues: readonly WeakRef<FrameQueue>[] = [];

  /** The utterance of this queue is over. */
  add(queue: FrameQueue): void {
    if (queue.isEmpty) return;
    const unread = this.#queues.filter((other) => other.deref()?.isEmpty === false);
    this.#queues = [...unread, new WeakRef(queue)];
  }

  /** No loop gets any of them. */
  clear(): void {
    for (const queue of this.#queues) queue.deref()?.clear();
    this.#queues = [];
  }
}
