/** The books of an utterance against a naive model of them, which keeps everything and counts anew each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunStart } from '../../../src/core/utterance/utterance-ledger.js';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

interface Part {
  readonly bytes: readonly number[];
  sent: boolean;
}

/** Parts stand here until they are let go, and a keyframe is a number in a set. */
class NaiveBooks {
  parts: Part[] = [];
  keptWhole = true;
  endAsked = false;
  endSent = false;
  begun = false;
  replays = 0;
  runFrom: Omit<RunStart, 'keyframe'> = { bytes: 0, ms: 0 };
  playedMs = 0;
  readonly delivered = new Set<number>();
  nextInRun = 0;

  get audioBytes(): number {
    return this.parts.flatMap(({ bytes }) => bytes).length;
  }

  take(): { audio: readonly number[]; end: boolean } | undefined {
    const part = this.parts.find(({ sent }) => !sent);
    if (part === undefined && (!this.endAsked || this.endSent)) return undefined;
    if (part !== undefined) part.sent = true;
    const end = this.endAsked && this.parts.every(({ sent }) => sent);
    this.sent(end);
    return { audio: part?.bytes ?? [], end };
  }

  sent(end: boolean): void {
    this.begun = true;
    this.endSent ||= end;
    this.letGo();
  }

  letGo(): void {
    if (!this.keptWhole && this.parts.every(({ sent }) => sent)) this.parts = [];
  }

  /** The numbers of the keyframes in a message that were not handed over before. */
  receive(count: number): number[] {
    const numbers = Array.from({ length: count }, (_, at) => this.nextInRun + at);
    this.nextInRun += count;
    const fresh = numbers.filter((number) => !this.delivered.has(number));
    for (const number of fresh) this.delivered.add(number);
    return fresh;
  }

  restart({ bytes, ms, keyframe }: RunStart): void {
    if (this.begun) this.replays += 1;
    if (bytes > this.runFrom.bytes) {
      const sentBytes = this.parts.filter(({ sent }) => sent).flatMap((part) => part.bytes).length;
      const toBytes = Math.min(bytes, this.runFrom.bytes + sentBytes);
      let left = toBytes - this.runFrom.bytes;
      this.parts = this.parts.flatMap((part) => {
        const cut = Math.min(left, part.bytes.length);
        left -= cut;
        return cut > 0 && cut === part.bytes.length ? [] : [{ ...part, bytes: part.bytes.slice(cut) }];
      });
      this.runFrom = { bytes: toBytes, ms: ms * (toBytes / bytes) };
      if (toBytes < bytes) this.playedMs = this.runFrom.ms;
    }
    for (const part of this.parts) part.sent = false;
    this.begun = false;
    this.endSent = false;
    this.nextInRun = keyframe;
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('append'), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('take') }),
  fc.record({ kind: fc.constant('sendAll'), end: fc.boolean() }),
  fc.record({ kind: fc.constant('receive'), count: fc.nat(4), end: fc.boolean() }),
  fc.record({ kind: fc.constant('played'), runMs: fc.nat(200) }),
  fc.record({ kind: fc.constantFrom('end', 'stopKeeping', 'release') }),
  fc.record({ kind: fc.constant('restart'), bytes: fc.nat(12), keyframe: fc.nat(3) }),
);
const steps = fc.array(step, { maxLength: 40 });
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function play(one: Step, ledger: UtteranceLedger, naive: NaiveBooks): void {
  switch (one.kind) {
    case 'append':
      ledger.append(one.bytes);
      naive.parts.push({ bytes: [...one.bytes], sent: false });
      return;
    case 'take': {
      const taken = ledger.takeNext();
      expect(taken && { audio: [...taken.audio], end: taken.end }).toEqual(naive.take());
      return;
    }
    case 'sendAll':
      ledger.markSent(one.end);
      for (const part of naive.parts) part.sent = true;
      naive.sent(one.end);
      return;
    case 'receive': {
      const before = naive.delivered.size;
      const fresh = naive.receive(one.count);
      const repeat = one.count > 0 && fresh.length === 0 && !one.end;
      const delivered = { kind: 'deliver', skip: one.count - fresh.length, index: before };
      expect(ledger.receive(one.count, one.end)).toEqual(repeat ? { kind: 'repeat' } : delivered);
      return;
    }
    case 'played':
      ledger.played(one.runMs);
      naive.playedMs = Math.max(naive.playedMs, naive.runFrom.ms + one.runMs);
      return;
    case 'restart': {
      // A run never begins after a keyframe that is still missing.
      const keyframe = Math.min(one.keyframe, naive.delivered.size);
      const from = { bytes: one.bytes, ms: one.bytes * 7, keyframe };
      ledger.restart('fresh', from);
      naive.restart(from);
      return;
    }
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
      naive.parts = [];
  }
}

describe('the books of an utterance', () => {
  it('say what a naive model says, whatever happens', () => {
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
