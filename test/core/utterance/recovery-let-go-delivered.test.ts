/** The memory that the release of delivered audio costs. It happens about once for each second of audio. */
import { getHeapSpaceStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { RunTraits } from '../../../src/core/utterance/recovery.js';
import { letGoDelivered } from '../../../src/core/utterance/recovery.js';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

const TAIL: RunTraits = {
  recovery: 'tail',
  sampleRate: 16_000,
  wholeSamples: true,
  usesEgress: false,
  leadInMs: 1_000,
};
const WARM_UP = 2_000;
const CALLS = 5_000;
/** Other parts of the process and garbage collection change single rounds, but not the median. */
const ROUNDS = 9;
/** A hidden class of V8 for each call would add about 1 KiB. */
const MOST_BYTES_PER_CALL = 100;

describe('letGoDelivered', () => {
  it('leaves no memory in the old generation of the heap', () => {
    const ledger = new UtteranceLedger('own');
    ledger.append(new Uint8Array(64_000));
    ledger.markSent(false);
    const letGo = (times: number): void => {
      for (let i = 0; i < times; i += 1) {
        ledger.receive(10, false);
        letGoDelivered(ledger, TAIL, 64 * 1024);
      }
    };
    letGo(WARM_UP);
    const perCall = Array.from({ length: ROUNDS }, () => {
      const before = oldBytes();
      letGo(CALLS);
      return (oldBytes() - before) / CALLS;
    });
    const median = perCall.toSorted((a, b) => a - b)[ROUNDS >> 1];
    expect(median).toBeLessThan(MOST_BYTES_PER_CALL);
  });
});

function oldBytes(): number {
  const old = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.startsWith('new_'));
  return old.reduce((bytes, { space_used_size: used }) => bytes + used, 0);
}
