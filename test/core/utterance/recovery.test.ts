/** Which part of an unfinished utterance is sent again, by its option `recovery`. */
import { describe, expect, it } from 'vitest';
import { planRecovery } from '../../../src/core/utterance/recovery.js';
import type { RecoveryFacts, RecoveryPlan } from '../../../src/core/utterance/recovery.js';

const facts: RecoveryFacts = {
  recovery: 'replay',
  kept: true,
  cuttable: true,
  usesEgress: false,
  keyframesDelivered: 50,
  playedMs: 700,
  leadInMs: 1_000,
  keptFromMs: 0,
  sentMs: 10_000,
};
const resend = (fromMs: number, firstKeyframe: number): RecoveryPlan => ({
  action: 'resend',
  fromMs,
  firstKeyframe,
});
const giveUp = (silently: boolean): RecoveryPlan => ({ action: 'giveUp', silently });

describe('an unfinished utterance', () => {
  it.each<readonly [string, Partial<RecoveryFacts>, RecoveryPlan]>([
    ['is sent again whole with replay', {}, resend(0, 0)],
    ['is sent again whole with replay, also in egress mode', { usesEgress: true }, resend(0, 0)],
    ['is given up aloud with replay when its audio is gone', { kept: false }, giveUp(false)],
    ['is sent again from its lead-in with tail', { recovery: 'tail' }, resend(1_000, 25)],
    [
      'is sent again from its first missing keyframe with tail and no lead-in',
      { recovery: 'tail', leadInMs: 0 },
      resend(2_000, 50),
    ],
    ['has a lead-in of whole keyframes', { recovery: 'tail', leadInMs: 119.9 }, resend(1_920, 48)],
    ['has no more lead-in than there is', { recovery: 'tail', keyframesDelivered: 20 }, resend(0, 0)],
    ['has no more lead-in than is kept', { recovery: 'tail', keptFromMs: 1_800 }, resend(1_800, 45)],
    [
      'goes on where its audio went out when more keyframes came than it has',
      { recovery: 'tail', sentMs: 1_800 },
      resend(800, 25),
    ],
    [
      'is sent again from what the room heard with tail',
      { recovery: 'tail', usesEgress: true },
      resend(700, 0),
    ],
    [
      'is sent again whole with tail when it can’t be cut',
      { recovery: 'tail', cuttable: false },
      resend(0, 0),
    ],
    ['is given up aloud with tail when its audio is gone', { recovery: 'tail', kept: false }, giveUp(false)],
    ['is given up silently with drop', { recovery: 'drop' }, giveUp(true)],
    ['is given up aloud with fail', { recovery: 'fail' }, giveUp(false)],
  ])('%s', (_name, given, plan) => {
    expect(planRecovery({ ...facts, ...given })).toEqual(plan);
  });
});
