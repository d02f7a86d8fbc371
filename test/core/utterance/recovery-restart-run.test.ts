/** Where the next run of an utterance begins, after a loss. */
import { describe, expect, it } from 'vitest';
import type { RunTraits } from '../../../src/core/utterance/recovery.js';
import { restartRun } from '../../../src/core/utterance/recovery.js';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

const TAIL: RunTraits = {
  recovery: 'tail',
  sampleRate: 16_000,
  wholeSamples: true,
  usesEgress: false,
  leadInMs: 0,
};

/** Two seconds of audio that have gone out. */
function spoken(): UtteranceLedger {
  const ledger = new UtteranceLedger('own');
  ledger.append(new Uint8Array(64_000));
  ledger.markSent(false);
  return ledger;
}

const fresh = (): string => 'fresh';
const never = (): string => {
  throw new Error('no id is needed');
};

describe('restartRun', () => {
  it.each<readonly [string, Partial<RunTraits>, number, number]>([
    ['16 kHz', {}, 25, 32_000],
    ['44.1 kHz, in whole samples', { sampleRate: 44_100 }, 1, 3_528],
    ['22.05 kHz, in whole samples', { sampleRate: 22_050 }, 3, 5_292],
    ['a stream that can’t be cut', { wholeSamples: false }, 25, 0],
    ['all of it again', { recovery: 'replay' }, 25, 0],
  ])('begins behind the keyframes that were handed over: %s', (_what, traits, keyframes, bytes) => {
    const ledger = spoken();
    ledger.receive(keyframes, false);
    const cut = bytes > 0;
    expect(restartRun(ledger, { ...TAIL, ...traits }, fresh)).toEqual({
      action: 'resend',
      from: { bytes, ms: cut ? keyframes * 40 : 0, keyframe: cut ? keyframes : 0 },
    });
    expect([ledger.wireReqId, ledger.replays]).toEqual(['fresh', 1]);
  });

  it('begins in a room where the room was', () => {
    const ledger = spoken();
    ledger.played(700);
    expect(restartRun(ledger, { ...TAIL, usesEgress: true }, fresh)).toEqual({
      action: 'resend',
      from: { bytes: 22_400, ms: 700, keyframe: 0 },
    });
  });

  it('changes nothing where nothing had gone out, whatever the recovery', () => {
    const ledger = new UtteranceLedger('own');
    ledger.append(new Uint8Array(640));
    expect(restartRun(ledger, { ...TAIL, recovery: 'fail' }, never)).toEqual({ action: 'nothing' });
    expect([ledger.wireReqId, ledger.replays]).toEqual(['own', 0]);
  });

  it.each([
    ['fail', false],
    ['drop', true],
  ] as const)('refuses with %s, and leaves the ledger unchanged', (recovery, silently) => {
    const ledger = spoken();
    expect(restartRun(ledger, { ...TAIL, recovery }, never)).toEqual({ action: 'giveUp', silently });
    expect([ledger.wireReqId, ledger.begun]).toEqual(['own', true]);
  });

  it('refuses when the audio is no longer kept', () => {
    const ledger = spoken();
    ledger.stopKeeping();
    expect(restartRun(ledger, TAIL, never)).toEqual({ action: 'giveUp', silently: false });
  });
});
