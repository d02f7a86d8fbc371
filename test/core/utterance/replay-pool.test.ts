/**
 * The sharing of the memory for re-sends between the sessions of a process. Properties for random events are in
 * replay-pool.property.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { ReplayPool } from '../../../src/core/utterance/replay-pool.js';
import { RoomWrite } from './room-write.js';

/** Of 100 bytes, 12 are the reserve. */
const MAX_BYTES = 100;
const COMMON_BYTES = 88;

function waiting(pool: ReplayPool, name: string, bytes: number, begun = false): RoomWrite {
  const write = new RoomWrite(bytes);
  pool.join(pool.account(name), write, begun);
  return write;
}

const claim = (pool: ReplayPool, name: string, bytes: number, begun = false): boolean =>
  pool.claim(pool.account(name), bytes, begun);
const release = (pool: ReplayPool, name: string, bytes: number): void =>
  pool.release(pool.account(name), bytes);

describe('the memory of a process', () => {
  it('gives seven eighths to a single account, and reuses the bytes that the account releases', () => {
    const pool = new ReplayPool(MAX_BYTES);
    expect(pool.largestBytes).toBe(COMMON_BYTES);
    expect([claim(pool, 'a', COMMON_BYTES), claim(pool, 'a', 1)]).toEqual([true, false]);
    release(pool, 'a', 10);
    expect([claim(pool, 'a', 10), pool.bytes]).toEqual([true, COMMON_BYTES]);
  });

  it('has a reserve: an account that keeps no bytes gets up to half of it, regardless of the other accounts', () => {
    const pool = new ReplayPool(MAX_BYTES);
    claim(pool, 'greedy', COMMON_BYTES);
    const line = [1, 2, 3].map(() => waiting(pool, 'greedy', 5));
    expect([claim(pool, 'b', 7), claim(pool, 'b', 6), claim(pool, 'b', 1)]).toEqual([false, true, false]);
    // The next account gets half of the rest.
    expect([claim(pool, 'c', 4), claim(pool, 'c', 3)]).toEqual([false, true]);
    expect(line.map(({ admittedBytes }) => admittedBytes)).toEqual([undefined, undefined, undefined]);
    release(pool, 'b', 6);
    expect([claim(pool, 'b', 4), pool.bytes]).toEqual([true, COMMON_BYTES + 3 + 4]);
  });

  it('is given in one queue: later small writes do not overtake a large write', () => {
    const pool = new ReplayPool(MAX_BYTES);
    for (const name of ['a', 'b', 'c']) claim(pool, name, 25);
    const large = waiting(pool, 'large', 80);
    expect(claim(pool, 'd', 8)).toBe(false);
    const small = waiting(pool, 'd', 8);
    for (const name of ['a', 'b']) release(pool, name, 25);
    expect([large.admittedBytes, small.admittedBytes]).toEqual([undefined, undefined]);
    release(pool, 'c', 25);
    expect([large.admittedBytes, small.admittedBytes]).toEqual([80, 8]);
  });

  it('is given first to utterances that have begun, because only their end frees memory', () => {
    const pool = new ReplayPool(MAX_BYTES);
    claim(pool, 'a', 40);
    const large = waiting(pool, 'b', 70);
    expect(claim(pool, 'a', 20, true)).toBe(true);
    release(pool, 'a', 60);
    expect(large.admittedBytes).toBe(70);
  });

  it('is given to accounts in turns, and within one account to the write that has waited longest', () => {
    const pool = new ReplayPool(MAX_BYTES);
    claim(pool, 'x', COMMON_BYTES);
    const order: string[] = [];
    for (const [name, bytes] of [
      ['a', 21],
      ['a', 22],
      ['a', 23],
      ['b', 24],
      ['c', 25],
    ] as const) {
      pool.join(pool.account(name), new RoomWrite(bytes, () => order.push(`${name} ${bytes}`)), false);
    }
    for (let bytes = COMMON_BYTES; bytes > 0; bytes -= 1) release(pool, 'x', 1);
    expect(order).toEqual(['a 21', 'b 24', 'c 25']);
    release(pool, 'a', 21);
    expect(order.slice(3)).toEqual(['a 22']);
  });

  it('is not reserved for a write that its own session delays', () => {
    const pool = new ReplayPool(MAX_BYTES);
    claim(pool, 'a', 50);
    const write = new RoomWrite(60);
    write.ready = false;
    pool.join(pool.account('b'), write, false);
    expect(claim(pool, 'c', 20)).toBe(true);
    release(pool, 'a', 50);
    write.ready = true;
    expect(write.admittedBytes).toBeUndefined();
    pool.reconsider();
    expect(write.admittedBytes).toBe(60);
  });

  it('is given to the next write when the write for which it was reserved stops waiting', () => {
    const pool = new ReplayPool(MAX_BYTES);
    claim(pool, 'a', 50);
    const large = waiting(pool, 'b', 60);
    const small = waiting(pool, 'c', 20);
    pool.leave(pool.account('b'), large);
    expect(small.admittedBytes).toBe(20);
  });

  it('is unlimited without a bound, and never given with a bound of 0', () => {
    expect(claim(new ReplayPool(Infinity), 'a', 2 ** 40)).toBe(true);
    expect([claim(new ReplayPool(1), 'a', 1), claim(new ReplayPool(0), 'a', 1)]).toEqual([true, false]);
  });
});
