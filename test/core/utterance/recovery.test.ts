/** The part of an unfinished utterance that is sent again, for each value of its option `recovery`. */
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
    ['is sent again completely with replay', {}, resend(0, 0)],
    ['is sent again completely with replay, also in egress mode', { usesEgress: true }, resend(0, 0)],
    ['is given up with an error with replay when its audio is not kept', { kept: false }, giveUp(false)],
    ['is sent again from its lead-in with tail', { recovery: 'tail' }, resend(1_000, 25)],
    [
      'is sent again from its first missing keyframe with tail and no lead-in',
      { recovery: 'tail', leadInMs: 0 },
      resend(2_000, 50),
    ],
    ['has a lead-in of whole keyframes', { recovery: 'tail', leadInMs: 119.9 }, resend(1_920, 48)],
    [
      'has at most the lead-in before its first missing keyframe',
      { recovery: 'tail', keyframesDelivered: 20 },
      resend(0, 0),
    ],
    ['has at most the lead-in that is kept', { recovery: 'tail', keptFromMs: 1_800 }, resend(1_800, 45)],
    [
      'continues at the end of its sent audio when more keyframes came than that audio has',
      { recovery: 'tail', sentMs: 1_800 },
      resend(800, 25),
    ],
    [
      'is sent again from the playback position of the room with tail',
      { recovery: 'tail', usesEgress: true },
      resend(700, 0),
    ],
    [
      'is sent again completely with tail when it cannot be cut',
      { recovery: 'tail', cuttable: false },
      resend(0, 0),
    ],
    [
      'is given up with an error with tail when its audio is not kept',
      { recovery: 'tail', kept: false },
      giveUp(false),
    ],
    ['is given up without an error with drop', { recovery: 'drop' }, giveUp(true)],
    ['is given up with an error with fail', { recovery: 'fail' }, giveUp(false)],
  ])('%s', (_name, given, plan) => {
    expect(planRecovery({ ...facts, ...given })).toEqual(plan);
  });
});
