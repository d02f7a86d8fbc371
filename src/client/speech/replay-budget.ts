/**
 * How much audio one session keeps for a re-send: counted in bytes for the session, and in the pool of all sessions of the process that
 * have the same bound, so that a thousand sessions with a slow service can't fill the memory. replay-pool.ts decides which write gets
 * room when there is little.
 */
import { ReplayPool } from '../../core/utterance/replay-pool.js';
import type { ReplayAccount, RoomSeeker } from '../../core/utterance/replay-pool.js';

/**
 * What happens to a write when there is no room:
 * - `wait` (default): it waits until audio is released; it fails after `silenceTimeoutMs` without a release, or at once if its utterance
 *   alone exceeds a limit and no frame of it has come
 * - `fail`: it is refused at once
 * - `stopReplaying`: it is sent without being kept, so its utterance can't be sent again, and fails if the connection is lost
 */
export type LimitChoice = 'wait' | 'fail' | 'stopReplaying';
export const LIMIT_CHOICES = ['wait', 'fail', 'stopReplaying'] as const satisfies readonly LimitChoice[];

/** How much audio is kept for a re-send, for how long, and what happens at the limit. */
export interface ReplayOptions {
  /**
   * Audio kept by one session, bytes, a whole number ≥ 0. The default is about eight minutes of speech at 16
   * kHz.
   *
   * @default 16_777_216
   */
  readonly maxBytes: number;
  /**
   * Audio kept by all sessions of the process that have this bound, bytes, a whole number ≥ 0. An eighth of
   * it is a reserve for accounts that keep little, so one utterance can keep seven eighths at most.
   *
   * @default 268_435_456
   */
  readonly maxProcessBytes: number;
  /**
   * An utterance that was neither written to nor audible for longer than this is not sent again,
   * milliseconds, 0 to 2³¹−1, or Infinity. While it waits behind another utterance, its age counts from the
   * last audible part of that one.
   *
   * @default 300_000
   */
  readonly ttlMs: number;
  /**
   * Audio in front of the first missing keyframe that `tail` sends again without egress, so that the service
   * has context, milliseconds, 0 to 2³¹−1. At most the existing audio, in whole keyframes; their keyframes
   * are skipped.
   *
   * @default 1_000
   */
  readonly leadInMs: number;
  /**
   * What a write does when there is no room left.
   * @default wait
   */
  readonly onLimit: LimitChoice;
}

/** One pool for each value of `maxProcessBytes` in use. */
const pools = new Map<number, ReplayPool>();

/** Audio kept by all sessions of this process, bytes. */
export function keptProcessBytes(): number {
  let bytes = 0;
  for (const pool of pools.values()) bytes += pool.bytes;
  return bytes;
}

function poolOf(maxBytes: number): ReplayPool {
  let pool = pools.get(maxBytes);
  if (pool === undefined) {
    pool = new ReplayPool(maxBytes);
    pools.set(maxBytes, pool);
  }
  return pool;
}

export class ReplayBudget {
  readonly maxBytes: number;
  readonly #pool: ReplayPool;
  #account: ReplayAccount;
  #bytes = 0;
  #released = 0;

  /** @param account the same for sessions of the same account */
  constructor({ maxBytes, maxProcessBytes }: ReplayOptions, account: string) {
    this.maxBytes = maxBytes;
    this.#pool = poolOf(maxProcessBytes);
    this.#account = this.#pool.account(account);
  }

  /**
   * A counter that grows when room is released, which shows a waiting write that it has progressed.
   *
   * @param inProcess whether the write waits for the bound of the process, not for that of the session
   */
  progress(inProcess: boolean): number {
    return inProcess ? this.#pool.progress + this.#released : this.#released;
  }

  /** Bytes that other sessions keep in the shared pool. */
  get othersBytes(): number {
    return this.#pool.bytes - this.#bytes;
  }

  /** The most that one utterance can keep under the bound of the process. */
  get largestInProcessBytes(): number {
    return this.#pool.largestBytes;
  }

  /**
   * Whether this many more bytes fit below the session's own bound. Audio of an utterance that waits for its turn in a room (`withheld`)
   * leaves half of the bound free: otherwise the utterance before it might find no room.
   */
  sessionHasRoomFor(bytes: number, withheld = false): boolean {
    return this.#bytes + bytes <= (withheld ? this.maxBytes / 2 : this.maxBytes);
  }

  /** Whether an utterance of this size could be kept in an empty budget. */
  couldHold(bytes: number): boolean {
    return bytes <= this.maxBytes && bytes <= this.#pool.largestBytes;
  }

  /**
   * Reserves room for a write at once; returns false if it has to wait.
   *
   * @param begun whether audio of its utterance is kept already
   */
  claim(bytes: number, begun: boolean, withheld: boolean): boolean {
    if (!this.sessionHasRoomFor(bytes, withheld) || !this.#pool.claim(this.#known(), bytes, begun))
      return false;
    this.#bytes += bytes;
    return true;
  }

  /** The write waits for room in the pool; `admitted` counts it for the session. */
  join(seeker: RoomSeeker, begun: boolean): void {
    this.#pool.join(this.#known(), seeker, begun);
  }

  leave(seeker: RoomSeeker): void {
    this.#pool.leave(this.#account, seeker);
  }

  /** Checks the waiting writes again: one that its own session had blocked may be admitted now. */
  reconsider(): void {
    this.#pool.reconsider();
  }

  /** A waiting write has been admitted. */
  admitted(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Counts bytes that are kept even without room, or, if negative, bytes that are no longer kept. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (bytes >= 0) this.#pool.force(this.#known(), bytes);
    else {
      this.#released += 1;
      this.#pool.release(this.#account, -bytes);
    }
  }

  #known(): ReplayAccount {
    if (!this.#account.known) this.#account = this.#pool.account(this.#account.name);
    return this.#account;
  }
}
