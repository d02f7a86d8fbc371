/**
 * The ticks in which heartbeats measure time. All sessions of a clock share one ticker per tick length, so a thousand idle sessions cost
 * one timer. Independent of what is done at a tick.
 */
import { SwapRemoveSet } from '../../core/memory/collections.js';
import type { Indexed } from '../../core/memory/collections.js';
import type { Clock, Timer } from '../../ports/clock.js';

export interface TickerMember extends Indexed {
  /** Set by the ticker when it is removed. */
  stopped: boolean;
  /** The ticker in whose ticks the member counts at present; `look` may change it. */
  readonly ticker: Ticker;
  /** The tick at which `look` is called next. */
  readonly nextTick: number;
  /** Called at that tick. */
  look(): void;
}

/**
 * Sessions that began to speak together all ping at the same tick: a thousand pings in one turn of the event loop would delay everything
 * else that is due by 10 ms. So the members of a tick are called in this many parts within half of the tick, each of at least `MIN_PART`
 * members.
 */
const PARTS = 8;
const MIN_PART = 100;
const PART_AFTER = 0.5 / PARTS;

/** Counts ticks of `tickMs` and calls each heartbeat at the tick that it requested; its one timer exists while there are heartbeats. */
export class Ticker {
  readonly tickMs: number;
  readonly clock: Clock;
  /** The number of ticks so far. */
  ticks = 0;
  #watching = 0;
  /** The members to call, by tick. */
  readonly #looks = new Map<number, SwapRemoveSet<TickerMember>>();
  #timer: Timer | undefined;
  #dueAtMs = 0;
  /** How many members are called in one turn of the event loop. */
  #part = MIN_PART;
  /** Whether members of the current tick are still to be called; the timer for the next tick is set after them. */
  #isTicking = false;

  constructor(clock: Clock, tickMs: number) {
    this.clock = clock;
    this.tickMs = tickMs;
  }

  /** The time since the latest tick, milliseconds, up to the length of a tick. */
  get sinceTickMs(): number {
    return Math.min(this.tickMs, this.clock.nowMs() - (this.#dueAtMs - this.tickMs));
  }

  add(member: TickerMember): void {
    member.stopped = false;
    this.#watching += 1;
    this.#enter(member);
    if (this.#timer !== undefined || this.#isTicking) return;
    this.#dueAtMs = this.clock.nowMs();
    this.#arm();
  }

  remove(member: TickerMember): void {
    if (member.stopped) return;
    member.stopped = true;
    this.#looks.get(member.nextTick)?.delete(member);
    this.#watching -= 1;
    if (this.#watching > 0) return;
    this.#looks.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #enter(member: TickerMember): void {
    const { nextTick } = member;
    let looking = this.#looks.get(nextTick);
    if (looking === undefined) {
      looking = new SwapRemoveSet();
      this.#looks.set(nextTick, looking);
    }
    looking.add(member);
  }

  /** Due times lie on a grid, so that lateness does not add up; ticks that were missed during a stall are not made up for. */
  #arm(): void {
    const nowMs = this.clock.nowMs();
    this.#dueAtMs = Math.max(this.#dueAtMs + this.tickMs, nowMs + 1);
    this.#plan(nowMs);
  }

  /** Plans the next part of the members that are due, or the next tick. */
  #plan(nowMs: number): void {
    this.#timer?.cancel();
    const tickInMs = Math.max(0, this.#dueAtMs - nowMs);
    const partInMs = this.tickMs * PART_AFTER;
    this.#timer =
      this.#looks.has(this.ticks) && partInMs < tickInMs
        ? this.clock.schedule(partInMs, () => this.#look(() => this.#plan(this.clock.nowMs())))
        : this.clock.schedule(tickInMs, () => this.#tick());
  }

  #tick(): void {
    // The parts were late: the rest of the previous tick is called now.
    this.#part = Infinity;
    this.#look(() => undefined);
    const nowMs = this.clock.nowMs();
    if (nowMs > this.#dueAtMs + this.tickMs) this.#dueAtMs = nowMs;
    this.ticks += 1;
    this.#part = Math.max(MIN_PART, Math.ceil((this.#looks.get(this.ticks)?.size ?? 0) / PARTS));
    this.#look(() => this.#arm());
  }

  /** Calls a part of the members that are due, and then plans what follows unless no member is left. */
  #look(then: () => void): void {
    this.#timer = undefined;
    this.#isTicking = true;
    try {
      this.#lookAtPart(this.#looks.get(this.ticks));
    } finally {
      this.#isTicking = false;
      if (this.#watching > 0) then();
    }
  }

  #lookAtPart(looking: SwapRemoveSet<TickerMember> | undefined): void {
    if (looking === undefined) return;
    let left = this.#part;
    for (const member of looking.members()) {
      if (left <= 0) return;
      if (!looking.delete(member)) continue;
      left -= 1;
      member.look();
      if (!member.stopped && member.ticker === this) this.#enter(member);
    }
    this.#looks.delete(this.ticks);
  }
}

/** One ticker per clock and tick length. */
const tickers = new WeakMap<Clock, Map<number, Ticker>>();

export function tickerFor(clock: Clock, tickMs: number): Ticker {
  let byTick = tickers.get(clock);
  if (byTick === undefined) {
    byTick = new Map();
    tickers.set(clock, byTick);
  }
  let ticker = byTick.get(tickMs);
  if (ticker === undefined) {
    ticker = new Ticker(clock, tickMs);
    byTick.set(tickMs, ticker);
  }
  return ticker;
}
