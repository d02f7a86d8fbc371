/** The position at which the next run of an utterance begins after a loss. */
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

/** A ledger with two seconds of audio, all of it sent. */
function spoken(): UtteranceLedger {
  const ledger = new UtteranceLedger('own');
  ledger.append(new Uint8Array(64_000));
  ledger.markSent(false);
  return ledger;
}

const fresh = (): string => 'fresh';
const never = (): string => {
  throw new Error('no request id may be made');
};

describe('restartRun', () => {
  it.each<readonly [string, Partial<RunTraits>, number, number]>([
    ['16 kHz', {}, 25, 32_000],
    ['44.1 kHz, in whole samples', { sampleRate: 44_100 }, 1, 3_528],
    ['22.05 kHz, in whole samples', { sampleRate: 22_050 }, 3, 5_292],
    ['a stream that cannot be cut', { wholeSamples: false }, 25, 0],
    ['with replay, from the beginning', { recovery: 'replay' }, 25, 0],
  ])('begins after the delivered keyframes: %s', (_what, traits, keyframes, bytes) => {
    const ledger = spoken();
    ledger.receive(keyframes, false);
    const cut = bytes > 0;
    expect(restartRun(ledger, { ...TAIL, ...traits }, fresh)).toEqual({
      action: 'resend',
      from: { bytes, ms: cut ? keyframes * 40 : 0, keyframe: cut ? keyframes : 0 },
    });
    expect([ledger.wireReqId, ledger.replays]).toEqual(['fresh', 1]);
  });

  it('begins at the playback position of the room, with a room', () => {
    const ledger = spoken();
    ledger.played(700);
    expect(restartRun(ledger, { ...TAIL, usesEgress: true }, fresh)).toEqual({
      action: 'resend',
      from: { bytes: 22_400, ms: 700, keyframe: 0 },
    });
  });

  it('changes nothing if no audio was sent, for any recovery', () => {
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
