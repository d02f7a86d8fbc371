/**
 * How much audio is kept for a re-send: counted in bytes for a session and for the whole process, so that a thousand sessions
 * with a slow service can't fill the memory. Writers who find no room wait here, in their order.
 */
import { Deferred } from '../waiting/quiet.js';

/**
 * What happens to a write when there is no room:
 * - `wait` (default): it waits until other audio has been let go; it fails after `silenceTimeoutMs`, or at once when its
 *   utterance alone is more than the limit
 * - `fail`: it is refused at once
 * - `stopReplaying`: it goes out, but its utterance can't be sent again: it fails if the connection is lost
 */
export const LIMIT_CHOICES = ['wait', 'fail', 'stopReplaying'] as const;

export interface ReplayOptions {
  /** Audio kept by one session, bytes. Default 16 MiB: about eight minutes of speech at 16 kHz. */
  readonly maxBytes: number;
  /** Audio kept by all sessions of the process that have this bound, bytes. Default 256 MiB. */
  readonly maxProcessBytes: number;
  /** An utterance that was neither written to nor on the air for so long is not sent again, milliseconds. Default 120 000. */
  readonly ttlMs: number;
  readonly onLimit: (typeof LIMIT_CHOICES)[number];
}

let processBytes = 0;
const waiting = new Set<ReplayBudget>();

export class ReplayBudget {
  readonly #options: ReplayOptions;
  #bytes = 0;
  #room: Deferred<void> | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Whether `bytes` more may be kept now. What is larger than the whole budget never may. */
  hasRoomFor(bytes: number): boolean {
    const { maxBytes, maxProcessBytes } = this.#options;
    return this.#bytes + bytes <= maxBytes && processBytes + bytes <= maxProcessBytes;
  }

  /** Whether so much audio could be kept if nothing else were. */
  couldHold(bytes: number): boolean {
    const { maxBytes, maxProcessBytes } = this.#options;
    return bytes <= maxBytes && bytes <= maxProcessBytes;
  }

  /** Counts bytes that are kept from now on, or, when negative, no longer. */
  count(bytes: number): void {
    this.#bytes += bytes;
    processBytes += bytes;
    if (bytes >= 0) return;
    for (const budget of waiting) budget.#release();
  }

  /** Resolves when some room has been made, not necessarily enough. */
  whenChanged(): Promise<void> {
    waiting.add(this);
    this.#room ??= new Deferred<void>();
    return this.#room.promise;
  }

  /** Nobody of this session waits any more. */
  #release(): void {
    waiting.delete(this);
    this.#room?.resolve();
    this.#room = undefined;
  }
}
