/** Compares the ledger of an utterance with a naive model, which keeps all data and counts it at each question. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunStart } from '../../../src/core/utterance/utterance-ledger.js';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

interface Byte {
  readonly value: number;
  sent: boolean;
}

/** The naive model: it keeps every byte with its state, and the number of every delivered keyframe. */
class NaiveBooks {
  bytes: Byte[] = [];
  keptWhole = true;
  endAsked = false;
  endSent = false;
  begun = false;
  replays = 0;
  runFrom: Omit<RunStart, 'keyframe'> = { bytes: 0, ms: 0 };
  playedMs = 0;
  /** The number of bytes that are no longer kept. */
  goneBytes = 0;
  resuming = false;
  readonly delivered = new Set<number>();
  nextInRun = 0;

  get audioBytes(): number {
    return this.bytes.length;
  }

  take(maxBytes: number): { audio: readonly number[]; end: boolean } | undefined {
    const taken = this.bytes.filter(({ sent }) => !sent).slice(0, maxBytes);
    if (taken.length === 0 && (!this.endAsked || this.endSent)) return undefined;
    for (const byte of taken) byte.sent = true;
    const end = this.endAsked && this.bytes.every(({ sent }) => sent);
    this.sent(end);
    return { audio: taken.map(({ value }) => value), end };
  }

  sent(end: boolean): void {
    this.begun = true;
    this.endSent ||= end;
    this.letGo();
  }

  letGo(): void {
    if (this.keptWhole || !this.bytes.every(({ sent }) => sent)) return;
    this.goneBytes += this.bytes.length;
    this.bytes = [];
  }

  /** The numbers of the keyframes in a message that were not delivered before. */
  receive(count: number): number[] {
    const numbers = Array.from({ length: count }, (_, at) => this.nextInRun + at);
    this.nextInRun += count;
    const fresh = numbers.filter((number) => !this.delivered.has(number));
    for (const number of fresh) this.delivered.add(number);
    return fresh;
  }

  drop(bytes: number): void {
    this.bytes = this.bytes.slice(bytes);
    this.goneBytes += bytes;
  }

  letGoBefore(bytes: number): void {
    const sentBytes = this.bytes.filter(({ sent }) => sent).length;
    this.drop(Math.max(0, Math.min(bytes - this.goneBytes, sentBytes)));
  }

  restart({ bytes, ms, keyframe }: RunStart): void {
    if (this.begun) this.replays += 1;
    this.resuming ||= this.begun;
    if (bytes >= this.goneBytes) {
      const sentBytes = this.bytes.filter(({ sent }) => sent).length;
      const toBytes = Math.min(bytes, this.goneBytes + sentBytes);
      this.drop(toBytes - this.goneBytes);
      this.runFrom = { bytes: toBytes, ms: bytes === 0 ? 0 : ms * (toBytes / bytes) };
      if (toBytes < bytes) this.playedMs = this.runFrom.ms;
    }
    for (const byte of this.bytes) byte.sent = false;
    this.begun = false;
    this.endSent = false;
    this.nextInRun = keyframe;
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('append'), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('take'), maxBytes: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('sendAll'), end: fc.boolean() }),
  fc.record({ kind: fc.constant('receive'), count: fc.nat(4), end: fc.boolean() }),
  fc.record({ kind: fc.constant('played'), runMs: fc.nat(200) }),
  fc.record({ kind: fc.constant('letGo'), bytes: fc.nat(20) }),
  fc.record({ kind: fc.constantFrom('end', 'stopKeeping', 'release') }),
  fc.record({ kind: fc.constant('restart'), bytes: fc.nat(12), keyframe: fc.nat(3) }),
);
const steps = fc.array(step, { maxLength: 40 });
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function play(one: Step, ledger: UtteranceLedger, naive: NaiveBooks): void {
  switch (one.kind) {
    case 'append':
      ledger.append(one.bytes);
      naive.bytes.push(...[...one.bytes].map((value) => ({ value, sent: false })));
      return;
    case 'take': {
      // Parts of this size are joined, so only the bound ends a message.
      const taken = ledger.takeNext(one.maxBytes);
      expect(taken && { audio: [...taken.audio], end: taken.end }).toEqual(naive.take(one.maxBytes));
      return;
    }
    case 'sendAll':
      ledger.markSent(one.end);
      for (const byte of naive.bytes) byte.sent = true;
      naive.sent(one.end);
      return;
    case 'receive': {
      const before = naive.delivered.size;
      const fresh = naive.receive(one.count);
      const last = one.end && naive.endSent;
      const isBehind = naive.nextInRun < before;
      const repeat = (one.count > 0 || isBehind) && fresh.length === 0 && !last;
      const resumed = naive.resuming && (fresh.length > 0 || last || before === 0);
      if (resumed && !repeat) naive.resuming = false;
      const delivered = { kind: 'deliver', skip: one.count - fresh.length, index: before, last, resumed };
      expect(ledger.receive(one.count, one.end)).toEqual(repeat ? { kind: 'repeat' } : delivered);
      return;
    }
    case 'played':
      ledger.played(one.runMs);
      naive.playedMs = Math.max(naive.playedMs, naive.runFrom.ms + one.runMs);
      return;
    case 'restart': {
      // A run never begins after a keyframe that was not delivered.
      const keyframe = Math.min(one.keyframe, naive.delivered.size);
      const from = { bytes: one.bytes, ms: one.bytes * 7, keyframe };
      ledger.restart('fresh', from);
      naive.restart(from);
      return;
    }
    case 'letGo':
      ledger.letGoBefore(one.bytes);
      naive.letGoBefore(one.bytes);
      return;
    case 'end':
      ledger.askEnd();
      naive.endAsked = true;
      return;
    case 'stopKeeping':
      ledger.stopKeeping();
      naive.keptWhole = false;
      naive.letGo();
      return;
    case 'release':
      ledger.release();
      naive.keptWhole = false;
      naive.bytes = [];
  }
}

describe('the ledger of an utterance', () => {
  it('has the same state as a naive model, for random operations', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const ledger = new UtteranceLedger('own');
        const naive = new NaiveBooks();
        for (const one of all) {
          play(one, ledger, naive);
          const { keptWhole, endAsked, begun, replays, audioBytes, playedMs } = naive;
          expect(ledger).toMatchObject({ keptWhole, endAsked, begun, replays, audioBytes });
          expect(ledger.playedMs).toBeCloseTo(playedMs, 6);
          expect(ledger.keyframesDelivered).toBe(naive.delivered.size);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
