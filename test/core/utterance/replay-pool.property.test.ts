/** The sharing of the memory for re-sends between the sessions of a process, for random sequences of events. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayPool } from '../../../src/core/utterance/replay-pool.js';
import type { ReplayAccount } from '../../../src/core/utterance/replay-pool.js';
import { RoomWrite } from './room-write.js';

/** Of 100 bytes, 12 are the reserve. */
const MAX_BYTES = 100;
const COMMON_BYTES = 88;
const RESERVE_BYTES = 12;

interface Waiting {
  readonly account: number;
  readonly write: RoomWrite;
  readonly begun: boolean;
  /**
   * For each account, how often it got memory of the shared part after this write became the first of the queue of
   * its own account.
   */
  readonly passedBy: number[];
}

/** Several accounts, the bytes that each keeps, and the writes that wait. */
class Sharing {
  readonly #pool = new ReplayPool(MAX_BYTES);
  readonly #kept: number[][] = [[], [], [], []];
  #line: Waiting[] = [];
  /** The bytes that each account keeps in the reserve. */
  readonly #reserved = [0, 0, 0, 0];

  write(account: number, bytes: number, begun: boolean): void {
    const isBehind = this.#line.some(
      (one) => one.account === account && one.begun === begun && one.write.ready,
    );
    if (this.#pool.claim(this.#account(account), bytes, begun)) {
      assert(!isBehind);
      this.#kept[account]?.push(bytes);
      this.#fromReserve(account);
      return;
    }
    const write = new RoomWrite(bytes, () => this.#admitted(write));
    this.#line.push({ account, write, begun, passedBy: [0, 0, 0, 0] });
    this.#pool.join(this.#account(account), write, begun);
  }

  finish(account: number, nth: number): void {
    const kept = this.#kept[account] ?? [];
    const [bytes] = kept.splice(nth % Math.max(kept.length, 1), 1);
    if (bytes === undefined) return;
    const reserved = this.#reserved[account] ?? 0;
    this.#reserved[account] = reserved - Math.min(bytes, reserved);
    this.#pool.release(this.#account(account), bytes);
  }

  keepBack(nth: number, ready: boolean): void {
    const one = this.#line[nth % Math.max(this.#line.length, 1)];
    if (one === undefined) return;
    one.write.ready = ready;
    one.passedBy.fill(0);
    if (ready) this.#pool.reconsider();
  }

  giveUp(nth: number): void {
    const [one] = this.#line.splice(nth % Math.max(this.#line.length, 1), 1);
    if (one !== undefined) this.#pool.leave(this.#account(one.account), one.write);
  }

  /** After each of 50 000 steps: `expect` takes longer than the steps. */
  check(): void {
    const accounts = [0, 1, 2, 3].map((index) => this.#account(index));
    const sum = (of: (account: ReplayAccount) => number): number =>
      accounts.reduce((total, account) => total + of(account), 0);
    const reservedBytes = sum((account) => account.reservedBytes);
    assert.equal(
      this.#pool.bytes,
      this.#kept.flat().reduce((total, bytes) => total + bytes, 0),
    );
    assert.equal(this.#pool.bytes, sum((account) => account.commonBytes) + reservedBytes);
    assert(sum((account) => account.commonBytes) <= COMMON_BYTES);
    assert(reservedBytes <= RESERVE_BYTES);
    // A write takes at most half of the rest of the reserve.
    const taken = accounts.map((account) => account.reservedBytes).filter((bytes) => bytes > 0);
    if (taken.length > 0) assert(Math.min(...taken) <= RESERVE_BYTES - reservedBytes);
    // An account that keeps no bytes and has no waiting write gets memory at once.
    const share = Math.floor((RESERVE_BYTES - reservedBytes) / 2);
    assert(this.#pool.claim(this.#pool.account('newcomer'), share, false));
    this.#pool.release(this.#pool.account('newcomer'), share);
    // While a write is first in its queue, no other account got memory twice.
    const turns = this.#line.filter(({ write }) => write.ready).flatMap(({ passedBy }) => passedBy);
    assert(Math.max(0, ...turns) <= 1);
  }

  /** Ends all utterances without further writes, and checks that every write got its memory. */
  finishAll(): void {
    for (const { write } of this.#line) write.ready = true;
    this.#pool.reconsider();
    for (let turn = 0; turn < 1_000 && this.#kept.flat().length > 0; turn += 1) this.finish(turn % 4, 0);
    expect(this.#kept.flat()).toEqual([]);
    expect(this.#line).toEqual([]);
    expect(this.#pool.bytes).toBe(0);
  }

  #account(index: number): ReplayAccount {
    return this.#pool.account(`account ${index}`);
  }

  /** Whether the latest memory of the account came from the reserve. */
  #fromReserve(account: number): boolean {
    const before = this.#reserved[account] ?? 0;
    this.#reserved[account] = this.#account(account).reservedBytes;
    return this.#reserved[account] > before;
  }

  #admitted(write: RoomWrite): void {
    const at = this.#line.findIndex((one) => one.write === write);
    const [one] = this.#line.splice(at, 1);
    if (one === undefined) throw new Error('admitted, and not in the line');
    this.#kept[one.account]?.push(write.bytes);
    const sameLine = this.#line.filter(({ begun }) => begun === one.begun);
    const earlier = sameLine.filter((other) => other.account === one.account && other.write.ready);
    assert(earlier.every((other) => this.#line.indexOf(other) >= at));
    if (this.#fromReserve(one.account) || write.bytes === 0) return;
    for (const other of sameLine) {
      const isFirst = sameLine.find(({ account, write: { ready } }) => ready && account === other.account);
      if (isFirst === other && other.account !== one.account)
        other.passedBy[one.account] = (other.passedBy[one.account] ?? 0) + 1;
    }
  }
}

const account = fc.nat(3);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('write'),
    account,
    bytes: fc.oneof(fc.nat(12), fc.nat(COMMON_BYTES)),
    begun: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('finish'), account, nth: fc.nat(5) }),
  fc.record({ kind: fc.constant('keepBack'), nth: fc.nat(9), ready: fc.boolean() }),
  fc.record({ kind: fc.constant('giveUp'), nth: fc.nat(9) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const write = (account: number, bytes: number, begun: boolean): Step => ({
  kind: 'write',
  account,
  bytes,
  begun,
});
/** A write without audio of account 2, which waited before its write of 8 bytes, takes no turn of its account. */
const NO_TURN_FOR_NOTHING: Step[] = [
  ...[15, 18, 41, 8].map((bytes) => write(0, bytes, false)),
  write(2, 7, true),
  write(2, 0, true),
  { kind: 'keepBack', nth: 1, ready: false },
  write(1, 7, true),
  write(2, 8, true),
  write(1, 3, true),
  { kind: 'finish', account: 0, nth: 0 },
  { kind: 'keepBack', nth: 0, ready: true },
];

describe('the memory of a process, for any events', () => {
  it('stays within its bound, keeps a part for new accounts, is given to accounts in turns, and finally admits every write', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const sharing = new Sharing();
        for (const one of steps) {
          if (one.kind === 'write') sharing.write(one.account, one.bytes, one.begun);
          else if (one.kind === 'finish') sharing.finish(one.account, one.nth);
          else if (one.kind === 'keepBack') sharing.keepBack(one.nth, one.ready);
          else sharing.giveUp(one.nth);
          sharing.check();
        }
        sharing.finishAll();
      }),
      { numRuns: 1_000, examples: [[NO_TURN_FOR_NOTHING]] },
    );
  });
});
