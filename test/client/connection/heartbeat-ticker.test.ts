/** The ticks that heartbeats share fire in time, whatever the callbacks of a tick do. */
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
  it('a member is added is followed by the next one after one tick', async () => {
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

  it('the only member is taken away and comes back does not shift the grid', async () => {
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

  it('a look throws is followed by the next one', async () => {
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
