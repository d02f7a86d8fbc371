/**
 * Writes that wait for room in the memory of the process. Accounts take turns; within an account the write that has waited longest
 * goes first. Knows nothing of bytes that are kept.
 */

/** A write that waits. */
export interface RoomSeeker {
  /** The room that it needs now, bytes; undefined while its own session does not let it go on: then no other write waits for it. */
  readonly neededBytes: number | undefined;
  /** It has its room, which counts from now on. */
  admitted(bytes: number): void;
}

/** The first write of an account that can go on, and what it needs. */
export interface LineHead<Account> {
  readonly account: Account;
  readonly seeker: RoomSeeker;
  readonly bytes: number;
}

export class RoomLine<Account> {
  /** In the order of their turns. */
  readonly #byAccount = new Map<Account, RoomSeeker[]>();

  get isEmpty(): boolean {
    return this.#byAccount.size === 0;
  }

  join(account: Account, seeker: RoomSeeker): void {
    const waiting = this.#byAccount.get(account);
    if (waiting === undefined) this.#byAccount.set(account, [seeker]);
    else waiting.push(seeker);
  }

  /** Whether it was in the line. */
  leave(account: Account, seeker: RoomSeeker): boolean {
    const waiting = this.#byAccount.get(account);
    const place = waiting?.indexOf(seeker) ?? -1;
    if (waiting === undefined || place < 0) return false;
    waiting.splice(place, 1);
    if (waiting.length === 0) this.#byAccount.delete(account);
    return true;
  }

  /** It leaves with what it needs; the next turn of its account comes after those of all others. */
  hadTurn({ account, seeker }: LineHead<Account>): void {
    this.leave(account, seeker);
    const waiting = this.#byAccount.get(account);
    if (waiting === undefined) return;
    this.#byAccount.delete(account);
    this.#byAccount.set(account, waiting);
  }

  has(account: Account): boolean {
    return this.#byAccount.has(account);
  }

  /** The first write of the account that can go on. */
  headOf(account: Account): LineHead<Account> | undefined {
    for (const seeker of this.#byAccount.get(account) ?? []) {
      const bytes = seeker.neededBytes;
      if (bytes !== undefined) return { account, seeker, bytes };
    }
    return undefined;
  }

  /** One write of each account, in the order of their turns. Not to be continued after a change. */
  *heads(): Iterable<LineHead<Account>> {
    for (const account of this.#byAccount.keys()) {
      const head = this.headOf(account);
      if (head !== undefined) yield head;
    }
  }
}
