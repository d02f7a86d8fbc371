/**
 * The ledger with a simulated service that cuts the connection anywhere and groups keyframes in any way. In every
 * case the application gets every keyframe once and in order, and one end; and the service receives all of the
 * audio in the last run.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

interface Seen {
  readonly keyframes: number[];
  readonly indices: number[];
  ends: number;
}

/**
 * Plays one run: keyframes from 0 on, in groups, until the cut, or to the end if there is no cut. Some groups end
 * a segment, and the end of the request is sent before one of them. Returns whether the end came.
 */
function run(
  ledger: UtteranceLedger,
  total: number,
  { groups, segments, endsAfter }: Grouping,
  cut: number,
  seen: Seen,
): boolean {
  let at = 0;
  let ends = false;
  for (let message = 0; at < total; message += 1) {
    if (message === cut) return false;
    const size = Math.min(groups[message % groups.length] ?? 1, total - at);
    const end = at + size === total;
    if (end || message === endsAfter) {
      while (ledger.takeNext() !== undefined) ends = true;
    }
    const segment = !ends && segments[message % segments.length] === true;
    const receipt = ledger.receive(size, end || segment);
    expect(receipt.kind === 'deliver' && receipt.last).toBe(end);
    if (receipt.kind === 'deliver') {
      expect(receipt.index).toBe(seen.keyframes.length);
      if (size > receipt.skip) seen.indices.push(receipt.index);
      for (let keyframe = at + receipt.skip; keyframe < at + size; keyframe += 1)
        seen.keyframes.push(keyframe);
      if (receipt.last) seen.ends += 1;
    }
    at += size;
    if (end) return true;
  }
  return false;
}

interface Grouping {
  readonly groups: readonly number[];
  /** Which messages end a segment, while the end of the request has not been sent. */
  readonly segments: readonly boolean[];
  /** The message before which the end of the request is sent. */
  readonly endsAfter: number;
}

const groupings: fc.Arbitrary<Grouping> = fc.record({
  groups: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 }),
  segments: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  endsAfter: fc.nat(20),
});

describe('an utterance under random cuts', () => {
  it('delivers every keyframe exactly once, in order, and one end', () => {
    const runs = fc.array(fc.record({ grouping: groupings, cut: fc.nat(30) }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), runs, groupings, (total, cutRuns, lastGrouping) => {
        const ledger = new UtteranceLedger('r');
        ledger.append(Uint8Array.of(0, 0));
        ledger.markSent(false);
        ledger.askEnd();
        const seen: Seen = { keyframes: [], indices: [], ends: 0 };
        let complete = false;
        for (const [number, { grouping, cut }] of cutRuns.entries()) {
          complete ||= run(ledger, total, grouping, cut, seen);
          if (complete) break;
          ledger.restart(`run-${number}`);
        }
        if (!complete) run(ledger, total, lastGrouping, Infinity, seen);
        expect(seen.keyframes).toEqual(Array.from({ length: total }, (_, keyframe) => keyframe));
        expect(new Set(seen.indices).size).toBe(seen.indices.length);
        expect([seen.ends, ledger.keyframesDelivered]).toEqual([1, total]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('sends in its last run all of the audio in order, and the end once, on the last message', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const act = fc.record({ kind: fc.constantFrom('append', 'sent', 'take', 'cut'), byte });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const ledger = new UtteranceLedger('r');
        const said: number[] = [];
        let heard: { byte: number | undefined; end: boolean }[] = [];
        const take = (): boolean => {
          const next = ledger.takeNext(1);
          if (next !== undefined) heard.push({ byte: next.audio[0], end: next.end });
          return next !== undefined;
        };
        for (const step of acts) {
          if (step.kind === 'take') take();
          else if (step.kind === 'cut') {
            ledger.restart('fresh');
            heard = [];
          } else {
            said.push(step.byte);
            ledger.append(Uint8Array.of(step.byte));
            // As in the client, audio is sent without the ledger only when no other audio waits in it.
            if (step.kind === 'sent' && heard.length === said.length - 1) {
              ledger.markSent(false);
              heard.push({ byte: step.byte, end: false });
            }
          }
        }
        ledger.askEnd();
        while (take()) expect(heard.length).toBeLessThanOrEqual(said.length + 1);
        expect(heard.map(({ byte }) => byte).filter((byte) => byte !== undefined)).toEqual(said);
        expect(heard.map(({ end }) => end)).toEqual(heard.map((_, at) => at === heard.length - 1));
      }),
      { numRuns: 1_000 },
    );
  });
});
