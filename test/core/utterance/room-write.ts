/** A write that waits for memory: the bytes it needs, whether it may continue, and the bytes it got. */
import type { RoomSeeker } from '../../../src/core/utterance/replay-pool.js';

export class RoomWrite implements RoomSeeker {
  ready = true;
  readonly bytes: number;
  admittedBytes: number | undefined;
  readonly #onAdmitted: (() => void) | undefined;

  constructor(bytes: number, onAdmitted?: () => void) {
    this.bytes = bytes;
    this.#onAdmitted = onAdmitted;
  }

  get neededBytes(): number | undefined {
    return this.ready ? this.bytes : undefined;
  }

  admitted(bytes: number): void {
    this.admittedBytes = bytes;
    this.#onAdmitted?.();
  }
}
