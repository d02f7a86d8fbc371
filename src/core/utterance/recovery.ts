/**
 * What happens to an unfinished utterance when its connection is lost: the application's choice, what is sent again, and from
 * where. Pure: sends nothing, and has no clock.
 */
import { SAMPLE_BYTES } from './audio-rails.js';
import type { RunStart, UtteranceLedger } from './utterance-ledger.js';

/**
 * - `replay`: the whole audio is sent again; frames that had come are not delivered again. Default without egress
 * - `tail`: only what was not played yet is sent again. Default with egress, where a room would hear it twice
 * - `drop`: given up at the loss without an error event; writes are refused, and `finished` rejects with outcome `failed`
 * - `fail`: as `drop`, and reported through `onError`
 */
export type Recovery = 'replay' | 'tail' | 'drop' | 'fail';
export const RECOVERIES = ['replay', 'tail', 'drop', 'fail'] as const satisfies readonly Recovery[];

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

export interface RunTraits {
  readonly recovery: Recovery;
  /** Samples per second of PCM; of no account where the stream can't be cut. */
  readonly sampleRate: number;
  /** PCM can be cut at a sample; a compressed stream can't be cut anywhere. */
  readonly wholeSamples: boolean;
  readonly usesEgress: boolean;
}

/**
 * - `nothing`: nothing had gone out, so the run goes on under its id
 * - `resend`: the run begins again at `from`
 */
export type Restart =
  | { readonly action: 'nothing' }
  | { readonly action: 'giveUp'; readonly silently: boolean }
  | { readonly action: 'resend'; readonly from: RunStart };

const NOTHING: Restart = Object.freeze({ action: 'nothing' });

/** Changes the ledger where the run begins again, and only there. `freshReqId` is called only there, too. */
export function restartRun(ledger: UtteranceLedger, traits: RunTraits, freshReqId: () => string): Restart {
  const plan = planRun(ledger, traits);
  if (plan.action !== 'resend') return plan;
  ledger.restart(freshReqId(), plan.from);
  return plan;
}

/** What `restartRun` would do now. Changes nothing. */
export function planRun(ledger: UtteranceLedger, traits: RunTraits): Restart {
  if (!ledger.begun) return NOTHING;
  const { recovery, sampleRate, wholeSamples, usesEgress } = traits;
  const { keptWhole, keyframesDelivered, playedMs } = ledger;
  const facts = { recovery, usesEgress, cuttable: wholeSamples, kept: keptWhole };
  const plan = planRecovery({ ...facts, keyframesDelivered, playedMs });
  if (plan.action === 'giveUp') return plan;
  const { fromMs, firstKeyframe } = plan;
  const from = { bytes: byteAt(fromMs, sampleRate), ms: fromMs, keyframe: firstKeyframe };
  return { action: 'resend', from };
}

/** The first byte of the sample at `ms` of the audio. */
function byteAt(ms: number, sampleRate: number): number {
  return Math.floor((ms * sampleRate) / 1_000) * SAMPLE_BYTES;
}
