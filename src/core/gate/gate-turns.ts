/**
 * The line at the connect gate, and whose turn it is: accounts take turns, and an account that may not dial now has no turn. Decides by
 * the state of each account; the limits of the endpoint are decided in connect-gate.ts.
 */
import { TimeQueue } from '../memory/collections.js';
import type { Timed } from '../memory/collections.js';
import type { GateNumbers } from './gate-health.js';
import { GateBelief } from './gate-belief.js';
import type { GateStep } from './gate-belief.js';

/** A place in the line; `taken` until `call` has returned its value or it has left. */
export class LinePlace<T> {
  readonly value: T;
  before: LinePlace<T> | undefined;
  after: LinePlace<T> | undefined;
  taken = true;

  constructor(value: T) {
    this.value = value;
  }
}

export class GateLine<T> {
  #length = 0;
  #first: LinePlace<T> | undefined;
  #last: LinePlace<T> | undefined;

  get length(): number {
    return this.#length;
  }

  /** The value that `call` would return. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Joins at the end. */
  join(value: T): LinePlace<T> {
    const place = new LinePlace(value);
    place.before = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    this.#length += 1;
    return place;
  }

  /** Gives a place up; does nothing if it is not taken any more. */
  leave(place: LinePlace<T>): void {
    if (!place.taken) return;
    place.taken = false;
    if (place.before === undefined) this.#first = place.after;
    else place.before.after = place.after;
    if (place.after === undefined) this.#last = place.before;
    else place.after.before = place.before;
    // A place that is still referenced must not keep its former neighbours in memory.
    place.before = undefined;
    place.after = undefined;
    this.#length -= 1;
  }

  /** Removes the first place of the line and returns its value; undefined if the line is empty. */
  call(): T | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.leave(first);
    return first.value;
  }
}

export class GateAccount<Ticket extends { readonly prepares: boolean }> implements Timed {
  readonly name: string;
  readonly belief: GateBelief;
  /** Tickets that have prepared their dials and need permits. */
  readonly ready = new GateLine<Ticket>();
  readonly waiting = new GateLine<Ticket>();
  /** Tickets that are not done. */
  tickets = 0;
  /** Its place among the accounts that take turns; undefined while it has none. */
  turn: LinePlace<GateAccount<Ticket>> | undefined;
  dueAtMs = 0;
  queuePlace = -1;

  constructor(name: string, numbers: GateNumbers) {
    this.name = name;
    this.belief = new GateBelief(numbers);
  }

  get waits(): boolean {
    return this.ready.length + this.waiting.length > 0;
  }

  /** The step that its next turn is for. */
  get nextStep(): GateStep {
    return this.ready.length === 0 && this.waiting.first?.prepares === true ? 'call' : 'dial';
  }

  /** Whether it has no state that would delay the next session. */
  forgets(nowMs: number): boolean {
    if (this.tickets > 0) return false;
    this.belief.settle(nowMs);
    return this.belief.level === 'healthy' && this.belief.notBeforeMs <= nowMs;
  }
}

/** How many accounts are checked whenever a new one is added, and dropped if they have no state to remember. */
const LOOKED_AT = 2;

export class GateTurns<Ticket extends Timed & { readonly prepares: boolean }> {
  readonly #numbers: GateNumbers;
  readonly #accounts = new Map<string, GateAccount<Ticket>>();
  readonly #turns = new GateLine<GateAccount<Ticket>>();
  /** Accounts whose next turn only waits for a time, and tickets whose time in the count ends. */
  readonly #later = new TimeQueue<GateAccount<Ticket> | Ticket>();

  constructor(numbers: GateNumbers) {
    this.#numbers = numbers;
  }

  /** The account of that name; a new one where nothing is remembered about it. */
  account(name: string, nowMs: number): GateAccount<Ticket> {
    const known = this.#accounts.get(name);
    if (known !== undefined) {
      if (!known.waits) known.belief.settle(nowMs);
      return known;
    }
    this.#forgetSome(nowMs);
    const account = new GateAccount<Ticket>(name, this.#numbers);
    this.#accounts.set(name, account);
    return account;
  }

  /** The account whose turn is next. */
  get first(): GateAccount<Ticket> | undefined {
    return this.#turns.first;
  }

  /** When `expire` is due; undefined while nothing waits for a time. */
  get nextAtMs(): number | undefined {
    return this.#later.nextAtMs;
  }

  /** Call it whenever the account has changed. An account with a turn keeps it; one that gets a turn comes after all others. */
  place(account: GateAccount<Ticket>, nowMs: number): void {
    const { belief } = account;
    const dueAtMs = account.waits && belief.hasRoom ? belief.nextAtMs(account.nextStep) : undefined;
    if (dueAtMs === undefined || dueAtMs > nowMs) this.#skip(account);
    else account.turn ??= this.#turns.join(account);
    if (dueAtMs !== undefined && dueAtMs > nowMs) this.#later.add(account, dueAtMs);
    else this.#later.delete(account);
  }

  /** The account has used its turn. */
  hadTurn(account: GateAccount<Ticket>, nowMs: number): void {
    this.#skip(account);
    this.place(account, nowMs);
  }

  /** Schedules the ticket for `expire`; Infinity is ignored. */
  schedule(ticket: Ticket, dueAtMs: number): void {
    if (dueAtMs !== Infinity) this.#later.add(ticket, dueAtMs);
  }

  unschedule(ticket: Ticket): void {
    this.#later.delete(ticket);
  }

  /** Handles what is due: accounts get their turns, tickets are passed to `expired`. */
  expire(nowMs: number, expired: (ticket: Ticket) => void): void {
    for (;;) {
      const due = this.#later.takeDue(nowMs);
      if (due === undefined) return;
      if (due instanceof GateAccount) this.place(due, nowMs);
      else expired(due);
    }
  }

  /** All accounts with state. */
  accounts(): Iterable<GateAccount<Ticket>> {
    return this.#accounts.values();
  }

  /** Drops an account without state. */
  forgetIfIdle(account: GateAccount<Ticket>, nowMs: number): void {
    if (account.forgets(nowMs)) this.#accounts.delete(account.name);
  }

  #skip(account: GateAccount<Ticket>): void {
    if (account.turn !== undefined) this.#turns.leave(account.turn);
    account.turn = undefined;
  }

  #forgetSome(nowMs: number): void {
    let left = LOOKED_AT;
    for (const account of this.#accounts.values()) {
      if (left === 0) return;
      left -= 1;
      this.#accounts.delete(account.name);
      // Re-inserted at the end, so that the other accounts are checked first the next time.
      if (!account.forgets(nowMs)) this.#accounts.set(account.name, account);
    }
  }
}
