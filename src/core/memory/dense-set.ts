/**
 * A set of objects that know their own place in it, in no order. For members that come and go by the thousand: a Set that lives long
 * makes a new table of itself again and again, and each old one keeps what was in it, and the next one, from being collected until
 * the engine looks through all of its memory.
 */
export interface Placed {
  /** Its place in the set that holds it; for that set only, and -1 while none does. */
  place: number;
}

/** No member is in two of them. */
export class DenseSet<Member extends Placed> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  has(member: Member): boolean {
    return this.#members[member.place] === member;
  }

  add(member: Member): void {
    if (this.has(member)) return;
    member.place = this.#members.push(member) - 1;
  }

  /** Whether it was a member. */
  delete(member: Member): boolean {
    if (!this.has(member)) return false;
    const last = this.#members.pop();
    if (last !== undefined && last !== member) {
      this.#members[member.place] = last;
      last.place = member.place;
    }
    member.place = -1;
    return true;
  }

  /** Those that are members now; who is added or deleted meanwhile changes nothing in it. */
  members(): readonly Member[] {
    return this.#members.slice();
  }
}
