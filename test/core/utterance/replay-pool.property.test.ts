/** How the sessions of a process share the memory for re-sends, for random sequences of events. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayPool } from '../../../src/core/utterance/replay-pool.js';
import type { ReplayAccount } from '../../../src/core/utterance/replay-pool.js';
import { RoomWrite } from './room-write.js';

/** Of 100 bytes 12 are the reserve. */
const MAX_BYTES = 100;
const COMMON_BYTES = 88;
const RESERVE_BYTES = 12;

interface Waiting {
  readonly account: number;
  readonly write: RoomWrite;
  readonly begun: boolean;
  /**
   * How often each account has got memory of the shared part since this write became the first of its own
   * queue.
   */
  readonly passedBy: number[];
}

/** Some accounts, what each of them keeps, and what waits. */
class Sharing {
  readonly #pool = new ReplayPool(MAX_BYTES);
  readonly #kept: number[][] = [[], [], [], []];
  #line: Waiting[] = [];
  /** What each account keeps in the reserve. */
  readonly #reserved = [0, 0, 0, 0];

  write(account: number, bytes: number, begun: boolean): void {
    const isBehind = this.#line.some(
      (one) => one.account === account && one.begun === begun && one.write.ready,
    );
    if (this.#pool.claim(this.#account(account), bytes, begun)) {
      expect(isBehind).toBe(false);
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

  check(): void {
    const accounts = [0, 1, 2, 3].map((index) => this.#account(index));
    const sum = (of: (account: ReplayAccount) => number): number =>
      accounts.reduce((total, account) => total + of(account), 0);
    const reservedBytes = sum((account) => account.reservedBytes);
    expect(this.#pool.bytes).toBe(this.#kept.flat().reduce((total, bytes) => total + bytes, 0));
    expect(this.#pool.bytes).toBe(sum((account) => account.commonBytes) + reservedBytes);
    expect(sum((account) => account.commonBytes)).toBeLessThanOrEqual(COMMON_BYTES);
    expect(reservedBytes).toBeLessThanOrEqual(RESERVE_BYTES);
    // The latest write that took from the reserve left at least as much as it took.
    const taken = accounts.map((account) => account.reservedBytes).filter((bytes) => bytes > 0);
    if (taken.length > 0) expect(Math.min(...taken)).toBeLessThanOrEqual(RESERVE_BYTES - reservedBytes);
    // One that keeps nothing and waits for nothing is not kept waiting.
    const share = Math.floor((RESERVE_BYTES - reservedBytes) / 2);
    expect(this.#pool.claim(this.#pool.account('newcomer'), share, false)).toBe(true);
    this.#pool.release(this.#pool.account('newcomer'), share);
    // With no turn of another account in between, none has had two.
    const turns = this.#line.filter(({ write }) => write.ready).flatMap(({ passedBy }) => passedBy);
    expect(Math.max(0, ...turns)).toBeLessThanOrEqual(1);
  }

  /** Nothing more is written, and everything comes to its end: then every write has got its room. */
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

  /** Whether the account has got its latest room in the reserve. */
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
    expect(earlier.every((other) => this.#line.indexOf(other) >= at)).toBe(true);
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

describe('the room of a process, whatever happens', () => {
  it('stays within its bound, keeps a share for new accounts, takes turns, and admits every write in the end', () => {
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
      { numRuns: 1_000 },
    );
  });
});
