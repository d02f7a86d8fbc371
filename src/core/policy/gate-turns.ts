/**
 * Whose turn it is at the connect gate: accounts take turns, one after the other, and one that may not move now has no turn. Decides
 * by what each account believes; what the endpoint allows is the gate's business.
 */
import { TimeQueue } from '../memory/time-queue.js';
import type { Timed } from '../memory/time-queue.js';
import { GateAccount } from './gate-account.js';
import { GateLine } from './gate-line.js';
import type { GateNumbers } from './gate-numbers.js';

/** How many accounts are looked at, and forgotten where nothing is to be remembered, when a new one comes. */
const LOOKED_AT = 2;

export class GateTurns<Ticket extends Timed & { readonly prepares: boolean }> {
  readonly #numbers: GateNumbers;
  readonly #accounts = new Map<string, GateAccount<Ticket>>();
  readonly #turns = new GateLine<GateAccount<Ticket>>();
  /** What only time will change: accounts that may move later, and tickets that count no more. */
  readonly #later = new TimeQueue<GateAccount<Ticket> | Ticket>();

  constructor(numbers: GateNumbers) {
    this.#numbers = numbers;
  }

  /** The account of that name, new where nothing is remembered about it. */
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

  /** The account whose turn is the next one. */
  get first(): GateAccount<Ticket> | undefined {
    return this.#turns.first;
  }

  /** When `expire` will have something to do; undefined while it has nothing. */
  get nextAtMs(): number | undefined {
    return this.#later.nextAtMs;
  }

  /** Something about the account has changed. One that has a turn keeps it; one that gets one takes it after all others. */
  place(account: GateAccount<Ticket>, nowMs: number): void {
    const { belief } = account;
    const dueAtMs = account.waits && belief.hasRoom ? belief.nextAtMs(account.nextStep) : undefined;
    if (dueAtMs === undefined || dueAtMs > nowMs) this.#skip(account);
    else account.turn ??= this.#turns.join(account);
    if (dueAtMs !== undefined && dueAtMs > nowMs) this.#later.add(account, dueAtMs);
    else this.#later.delete(account);
  }

  /** It has had its turn. */
  hadTurn(account: GateAccount<Ticket>, nowMs: number): void {
    this.#skip(account);
    this.place(account, nowMs);
  }

  /** Has the ticket handed to `expire` when it is due; a time that never comes is none. */
  schedule(ticket: Ticket, dueAtMs: number): void {
    if (dueAtMs !== Infinity) this.#later.add(ticket, dueAtMs);
  }

  unschedule(ticket: Ticket): void {
    this.#later.delete(ticket);
  }

  /** Gives accounts their turns, and tickets to `expired`, whose time has come. */
  expire(nowMs: number, expired: (ticket: Ticket) => void): void {
    for (;;) {
      const due = this.#later.takeDue(nowMs);
      if (due === undefined) return;
      if (due instanceof GateAccount) this.place(due, nowMs);
      else expired(due);
    }
  }

  /** All accounts that are remembered. */
  accounts(): Iterable<GateAccount<Ticket>> {
    return this.#accounts.values();
  }

  /** Drops an account that need not be remembered. */
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
      // Behind all others, so that those are looked at the next time.
      if (!account.forgets(nowMs)) this.#accounts.set(account.name, account);
    }
  }
}
