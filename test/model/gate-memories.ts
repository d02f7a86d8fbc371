/**
 * The model's record for one gate: one for its endpoint, and one for each account. The state of an account
 * depends only on its own limits and successes, and its limits do not count as failures of the endpoint.
 */
import type { GateTicket } from '../../src/core/gate/gate-ticket.js';
import { GateMemory } from './gate-memory.js';

type Ticket = GateTicket<number>;
type Belief = Ticket['account']['belief'];
type Level = Belief['level'];

/** With the small numbers, all limits from longer ago than this are equivalent. */
const LONG_AGO_MS = 3;

export class GateMemories {
  readonly #endpoint = new GateMemory();
  readonly #accounts = new Map<string, GateMemory>();
  /** The state of an account, or its last state before it was cleared. */
  readonly #beliefs = new Map<string, Belief>();

  joined({ account }: Ticket): void {
    this.#beliefs.set(account.name, account.belief);
  }

  levels(): ReadonlyMap<string, Level> {
    return new Map([...this.#beliefs].map(([account, { level }]) => [account, level]));
  }

  dialBegins(ticket: Ticket, level: Level, nowMs: number): void {
    this.#endpoint.dialBegins(ticket, level, nowMs);
    this.#of(ticket.account.name).dialBegins(ticket, ticket.account.belief.level, nowMs);
  }

  callBegins({ account, at }: Ticket, nowMs: number): void {
    if (at.stage !== 'called' || at.as !== 'young') return;
    this.#endpoint.callBegins(nowMs);
    this.#of(account.name).callBegins(nowMs);
  }

  happened(
    what: string,
    ended: Ticket | undefined,
    [before, after]: readonly [Level, Level],
    levels: ReadonlyMap<string, Level>,
    nowMs: number,
  ): void {
    this.#endpoint.happened(what === 'throttled' ? 'refused' : what, ended, before, after, nowMs);
    for (const [account, { level }] of this.#beliefs) {
      const its = ended?.account.name === account ? ended : undefined;
      const learns = its !== undefined && (what === 'throttled' || what === 'succeed') ? what : 'other';
      this.#of(account).happened(learns, its, levels.get(account) ?? 'healthy', level, nowMs);
    }
  }

  key(dialling: readonly Ticket[], level: Level, nowMs: number): string {
    const accounts = [...this.#beliefs].flatMap(([account, belief]) => {
      // This is equivalent to an account without a state.
      if (belief.level === 'healthy' && belief.notBeforeMs <= nowMs) return [];
      const own = dialling.filter((ticket) => ticket.account.name === account);
      const floorMs = Math.max(belief.notBeforeMs - nowMs, -LONG_AGO_MS);
      const known = this.#of(account).key(own, belief.level, nowMs);
      return [account, belief.level, belief.limit, belief.busy, floorMs, known].join(':');
    });
    return [this.#endpoint.key(dialling, level, nowMs), ...accounts.sort()].join('|');
  }

  #of(account: string): GateMemory {
    const known = this.#accounts.get(account) ?? new GateMemory();
    this.#accounts.set(account, known);
    return known;
  }
}
