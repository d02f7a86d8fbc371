/**
 * A set of objects that know their own index in it, in no order. For members that come and go by the thousand: a Set that lives long
 * makes a new table of itself again and again, and each old one keeps what was in it, and the next one, from being collected until
 * the engine looks through all of its memory.
 */
export interface Indexed {
  /** Its index in the set that it is a member of; for that set only, and -1 while in none. */
  index: number;
}

/** No member is in two of them. */
export class SwapRemoveSet<Member extends Indexed> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  has(member: Member): boolean {
    return this.#members[member.index] === member;
  }

  add(member: Member): void {
    if (this.has(member)) return;
    member.index = this.#members.push(member) - 1;
  }

  /** Whether it was a member. */
  delete(member: Member): boolean {
    if (!this.has(member)) return false;
    const last = this.#members.pop();
    if (last !== undefined && last !== member) {
      this.#members[member.index] = last;
      last.index = member.index;
    }
    member.index = -1;
    return true;
  }

  /** Those that are members now; who is added or deleted meanwhile changes nothing in it. */
  members(): readonly Member[] {
    return this.#members.slice();
  }
}
