/**
 * What happens to an unfinished utterance when its connection is lost: a choice of the application, made pure. Says what is
 * to be sent again and from where; sends nothing, and knows no clock.
 */

/**
 * - `replay`: the whole audio is sent again; frames that had come are not delivered again. Default without egress
 * - `tail`: only what was not played yet is sent again. Default with egress, where a room would hear it twice
 * - `drop`: given up at the loss without an error event; writes are refused, and `finished` rejects with outcome `failed`
 * - `fail`: as `drop`, and reported through `onError`
 */
export const RECOVERIES = ['replay', 'tail', 'drop', 'fail'] as const;
export type Recovery = (typeof RECOVERIES)[number];

/** Animation frames per second of audio. Source: the protocol's keyframe rate. */
export const KEYFRAMES_PER_SECOND = 25;
export const KEYFRAME_MS = 1000 / KEYFRAMES_PER_SECOND;

export interface RecoveryFacts {
  readonly recovery: Recovery;
  /** Whether the whole audio is still kept. */
  readonly kept: boolean;
  /** PCM can be cut at a sample; a compressed stream can't be cut anywhere. */
  readonly cuttable: boolean;
  readonly usesEgress: boolean;
  readonly keyframesDelivered: number;
  /** The furthest position that the room has heard of this utterance, milliseconds; 0 when the service does not say. */
  readonly playedMs: number;
}

export type RecoveryPlan =
  | { readonly action: 'giveUp'; readonly silently: boolean }
  /** Send again from `fromMs` on; the first keyframe that comes back has number `firstKeyframe`. */
  | { readonly action: 'resend'; readonly fromMs: number; readonly firstKeyframe: number };

const WHOLE: RecoveryPlan = Object.freeze({ action: 'resend', fromMs: 0, firstKeyframe: 0 });

export function planRecovery(facts: RecoveryFacts): RecoveryPlan {
  const { recovery, kept, cuttable, usesEgress, keyframesDelivered, playedMs } = facts;
  switch (recovery) {
    case 'drop':
    case 'fail':
      return { action: 'giveUp', silently: recovery === 'drop' };
    case 'replay':
      return kept ? WHOLE : { action: 'giveUp', silently: false };
    case 'tail':
      if (!kept) return { action: 'giveUp', silently: false };
      if (!cuttable) return WHOLE;
      if (usesEgress) return { action: 'resend', fromMs: playedMs, firstKeyframe: 0 };
      return {
        action: 'resend',
        fromMs: keyframesDelivered * KEYFRAME_MS,
        firstKeyframe: keyframesDelivered,
      };
  }
}
