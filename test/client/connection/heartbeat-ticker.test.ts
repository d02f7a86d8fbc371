/** The ticks that heartbeats share fire in time, regardless of what their callbacks do. */
import { describe, expect, it } from 'vitest';
import { Ticker } from '../../../src/client/connection/heartbeat-ticker.js';
import type { TickerMember } from '../../../src/client/connection/heartbeat-ticker.js';
import { VirtualClock } from '../../virtual-clock.js';

const TICK_MS = 50;

class Member implements TickerMember {
  index = -1;
  stopped = false;
  nextTick = 1;
  readonly lookedAtMs: number[] = [];
  readonly ticker: Ticker;
  readonly #then: () => void;

  constructor(ticker: Ticker, then: () => void = () => undefined) {
    this.ticker = ticker;
    this.#then = then;
  }

  look(): void {
    this.lookedAtMs.push(this.ticker.clock.nowMs());
    this.nextTick = this.ticker.ticks + 1;
    this.#then();
  }
}

function clockAndTicker(): { clock: VirtualClock; ticker: Ticker } {
  const clock = new VirtualClock();
  return { clock, ticker: new Ticker(clock, TICK_MS) };
}

describe('a tick in which', () => {
  it('a member is added is followed by the next tick at its usual time', async () => {
    const { clock, ticker } = clockAndTicker();
    const added = new Member(ticker);
    const first = new Member(ticker, () => {
      if (ticker.ticks === 2) {
        added.nextTick = 3;
        ticker.add(added);
      }
    });
    ticker.add(first);
    await clock.advance(4 * TICK_MS);
    expect(first.lookedAtMs).toEqual([50, 100, 150, 200]);
    expect(added.lookedAtMs).toEqual([150, 200]);
  });

  it('the only member is removed and added again does not shift the following ticks', async () => {
    const { clock, ticker } = clockAndTicker();
    const only: Member = new Member(ticker, () => {
      if (ticker.ticks !== 2) return;
      ticker.remove(only);
      ticker.add(only);
    });
    ticker.add(only);
    await clock.advance(4 * TICK_MS);
    expect(only.lookedAtMs).toEqual([50, 100, 150, 200]);
    expect(clock.pendingTimers).toBe(1);
  });

  it('a thousand members are due checks them in eight parts, within half a tick', async () => {
    const { clock, ticker } = clockAndTicker();
    const members = Array.from({ length: 1_000 }, () => new Member(ticker));
    for (const member of members) ticker.add(member);
    const countAt = (atMs: number): number =>
      members.filter(({ lookedAtMs }) => lookedAtMs.includes(atMs)).length;
    await clock.advance(3 * TICK_MS);
    const times = [0, 1, 2, 3, 4, 5, 6, 7].map((part) => part * (TICK_MS / 16));
    expect(times.map((part) => countAt(50 + part))).toEqual(times.map(() => 125));
    expect(times.map((part) => countAt(100 + part))).toEqual(times.map(() => 125));
    expect(members.every(({ lookedAtMs }) => lookedAtMs.length >= 2)).toBe(true);
    expect([ticker.ticks, clock.pendingTimers]).toEqual([3, 1]);
  });

  it('a hundred members are due checks them at once', async () => {
    const { clock, ticker } = clockAndTicker();
    const members = Array.from({ length: 100 }, () => new Member(ticker));
    for (const member of members) ticker.add(member);
    await clock.advance(2 * TICK_MS);
    expect(new Set(members.flatMap(({ lookedAtMs }) => lookedAtMs))).toEqual(new Set([50, 100]));
  });

  it('the parts are delayed checks the rest before the next tick', async () => {
    const { clock, ticker } = clockAndTicker();
    const members = Array.from({ length: 1_000 }, () => new Member(ticker));
    for (const member of members) ticker.add(member);
    await clock.advance(TICK_MS);
    await clock.stall(3 * TICK_MS);
    await clock.advance(TICK_MS);
    expect(members.every(({ lookedAtMs }) => lookedAtMs.length > 0)).toBe(true);
  });

  it('members are removed between two parts does not check them', async () => {
    const { clock, ticker } = clockAndTicker();
    const members = Array.from({ length: 1_000 }, () => new Member(ticker));
    for (const member of members) ticker.add(member);
    await clock.advance(TICK_MS);
    const unseen = members.filter(({ lookedAtMs }) => lookedAtMs.length === 0);
    expect(unseen).toHaveLength(875);
    for (const member of unseen) ticker.remove(member);
    await clock.advance(2 * TICK_MS);
    expect(unseen.every(({ lookedAtMs }) => lookedAtMs.length === 0)).toBe(true);
    for (const member of members) ticker.remove(member);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a check throws is followed by the next tick', async () => {
    const { clock, ticker } = clockAndTicker();
    const member = new Member(ticker, () => {
      if (ticker.ticks === 2) throw new Error('of a transport');
    });
    ticker.add(member);
    const other = new Member(ticker);
    ticker.add(other);
    await expect(clock.advance(4 * TICK_MS)).rejects.toThrow('of a transport');
    await clock.advance(4 * TICK_MS);
    expect(ticker.ticks).toBeGreaterThan(2);
  });
});
