/**
 * The memory that all sessions with the same bound share for audio that may have to be sent again. Kept audio can't be released before
 * its utterance is over, so the rule must leave room for later utterances:
 *
 * - Seven eighths of the bound are for all sessions. Writes that find no room wait in one line; no later write overtakes a write that
 *   does not fit yet. Utterances that have begun go before those that have not, because only their end makes room. Accounts take turns,
 *   and within an account the longest waiting write goes first.
 * - The last eighth is a reserve for accounts that keep little: a write gets room there at once, past the line, if its account then keeps
 *   no more than what remains free in the reserve. So an account that keeps nothing always gets up to half of what is left, however much
 *   other accounts keep.
 *
 * Independent of clock and promises.
 */
/** A write that waits. */
export interface RoomSeeker {
  /** The room that it needs now, bytes; undefined while another write of its session must go first: then the line skips it. */
  readonly neededBytes: number | undefined;
  /** The write has its room, which is counted from now on. */
  admitted(bytes: number): void;
}

/** The first write of an account that can be admitted, and the room that it needs. */
export interface LineHead<Account> {
  readonly account: Account;
  readonly seeker: RoomSeeker;
  readonly bytes: number;
}

export class RoomLine<Account> {
  /** Writes by account; the accounts are in the order of their turns. */
  readonly #byAccount = new Map<Account, RoomSeeker[]>();

  get isEmpty(): boolean {
    return this.#byAccount.size === 0;
  }

  join(account: Account, seeker: RoomSeeker): void {
    const waiting = this.#byAccount.get(account);
    if (waiting === undefined) this.#byAccount.set(account, [seeker]);
    else waiting.push(seeker);
  }

  /** Removes the write; returns whether it was in the line. */
  leave(account: Account, seeker: RoomSeeker): boolean {
    const waiting = this.#byAccount.get(account);
    const place = waiting?.indexOf(seeker) ?? -1;
    if (waiting === undefined || place < 0) return false;
    waiting.splice(place, 1);
    if (waiting.length === 0) this.#byAccount.delete(account);
    return true;
  }

  /**
   * Removes the write that has got its room. The next turn of its account comes after those of all other accounts. A write without audio
   * takes no room, and so no turn.
   */
  hadTurn({ account, seeker, bytes }: LineHead<Account>): void {
    this.leave(account, seeker);
    const waiting = this.#byAccount.get(account);
    if (waiting === undefined || bytes === 0) return;
    this.#byAccount.delete(account);
    this.#byAccount.set(account, waiting);
  }

  has(account: Account): boolean {
    return this.#byAccount.has(account);
  }

  /** The first write of the account that can be admitted. */
  headOf(account: Account): LineHead<Account> | undefined {
    for (const seeker of this.#byAccount.get(account) ?? []) {
      const bytes = seeker.neededBytes;
      if (bytes !== undefined) return { account, seeker, bytes };
    }
    return undefined;
  }

  /** The first admissible write of each account, in the order of their turns. Do not continue the iteration after a change. */
  *heads(): Iterable<LineHead<Account>> {
    for (const account of this.#byAccount.keys()) {
      const head = this.headOf(account);
      if (head !== undefined) yield head;
    }
  }
}

/** The reserve, as a part of the bound. */
const RESERVE_PART = 1 / 8;

/** The bytes that the sessions of one account keep. */
export interface ReplayAccount {
  readonly name: string;
  /**
   * False once the pool has dropped this object, because the account keeps nothing and none of its writes wait. Then ask the pool for a
   * new one.
   */
  known: boolean;
  /** Bytes in the common part, and in the reserve. */
  commonBytes: number;
  reservedBytes: number;
}

export class ReplayPool {
  /** Grows whenever a waiting write may have moved closer to getting room. */
  progress = 0;
  readonly #commonLimitBytes: number;
  readonly #reserveLimitBytes: number;
  readonly #accounts = new Map<string, ReplayAccount>();
  #commonBytes = 0;
  #reservedBytes = 0;
  readonly #begun = new RoomLine<ReplayAccount>();
  readonly #fresh = new RoomLine<ReplayAccount>();

  /** @param maxBytes Infinity for no bound */
  constructor(maxBytes: number) {
    this.#reserveLimitBytes = maxBytes === Infinity ? 0 : Math.floor(maxBytes * RESERVE_PART);
    this.#commonLimitBytes = maxBytes - this.#reserveLimitBytes;
  }

  /** Bytes kept by all accounts. */
  get bytes(): number {
    return this.#commonBytes + this.#reservedBytes;
  }

  /** The most that one utterance can keep while no other audio is kept. */
  get largestBytes(): number {
    return this.#commonLimitBytes;
  }

  account(name: string): ReplayAccount {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const account: ReplayAccount = { name, known: true, commonBytes: 0, reservedBytes: 0 };
    this.#accounts.set(name, account);
    return account;
  }

  /** Takes room for a write if it need not wait; returns false otherwise. `begun`: audio of its utterance is kept already. */
  claim(account: ReplayAccount, bytes: number, begun: boolean): boolean {
    const isFree = this.#begun.isEmpty && (begun || this.#fresh.isEmpty);
    const taken = isFree ? this.#take(account, bytes, true) : this.#takePastLine(account, bytes, begun);
    if (!taken) this.#forgetIfIdle(account);
    return taken;
  }

  /** Counts bytes that are kept even where there is no room. */
  force(account: ReplayAccount, bytes: number): void {
    account.commonBytes += bytes;
    this.#commonBytes += bytes;
  }

  /** Lets the write wait for room, which it may get at once. */
  join(account: ReplayAccount, seeker: RoomSeeker, begun: boolean): void {
    (begun ? this.#begun : this.#fresh).join(account, seeker);
    this.#serve();
  }

  /** Removes a write that no longer waits. An admitted write has left already. */
  leave(account: ReplayAccount, seeker: RoomSeeker): void {
    if (!this.#begun.leave(account, seeker) && !this.#fresh.leave(account, seeker)) return;
    this.progress += 1;
    this.#forgetIfIdle(account);
    this.#serve();
  }

  /** Gives bytes back: first those that the account keeps in the reserve. */
  release(account: ReplayAccount, bytes: number): void {
    const reserved = Math.min(bytes, account.reservedBytes);
    account.reservedBytes -= reserved;
    this.#reservedBytes -= reserved;
    account.commonBytes -= bytes - reserved;
    this.#commonBytes -= bytes - reserved;
    if (bytes > reserved) this.progress += 1;
    this.#serve();
    this.#forgetIfIdle(account);
  }

  /** Call it when something has changed that `neededBytes` of a waiting write depends on. */
  reconsider(): void {
    this.#serve();
  }

  #takePastLine(account: ReplayAccount, bytes: number, begun: boolean): boolean {
    const line = begun ? this.#begun : this.#fresh;
    return line.headOf(account) === undefined && this.#take(account, bytes, !this.#isHeld(begun));
  }

  /** Whether a waiting write goes first. */
  #isHeld(begun: boolean): boolean {
    for (const _ of this.#begun.heads()) return true;
    if (!begun) for (const _ of this.#fresh.heads()) return true;
    return false;
  }

  #serve(): void {
    if (this.#begun.isEmpty && this.#fresh.isEmpty) return;
    this.#serveLine(this.#fresh, this.#serveLine(this.#begun, false));
  }

  /** Admits the writes of a line that fit. `held`, and the result afterwards: whether an earlier write reserves the common part. */
  #serveLine(line: RoomLine<ReplayAccount>, held: boolean): boolean {
    for (;;) {
      let isHeld = held;
      let served: LineHead<ReplayAccount> | undefined;
      for (const head of line.heads()) {
        if (this.#take(head.account, head.bytes, !isHeld)) {
          served = head;
          break;
        }
        isHeld = true;
      }
      if (served === undefined) return isHeld;
      line.hadTurn(served);
      this.progress += 1;
      served.seeker.admitted(served.bytes);
    }
  }

  #take(account: ReplayAccount, bytes: number, mayUseCommon: boolean): boolean {
    if (mayUseCommon && this.#commonBytes + bytes <= this.#commonLimitBytes) {
      this.force(account, bytes);
      return true;
    }
    if (bytes === 0) return true;
    const reservedBytes = this.#reservedBytes + bytes;
    const keptBytes = account.commonBytes + account.reservedBytes + bytes;
    if (keptBytes > this.#reserveLimitBytes - reservedBytes) return false;
    account.reservedBytes += bytes;
    this.#reservedBytes = reservedBytes;
    return true;
  }

  #forgetIfIdle(account: ReplayAccount): void {
    const { name, commonBytes, reservedBytes } = account;
    if (commonBytes > 0 || reservedBytes > 0 || this.#begun.has(account) || this.#fresh.has(account)) return;
    this.#accounts.delete(name);
    account.known = false;
  }
}
