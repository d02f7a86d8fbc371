/**
 * What happens to an unfinished utterance when its connection is lost: the application's choice, what is sent again, and from
 * where. Pure: sends nothing, and has no clock.
 */
import { SAMPLE_BYTES } from './sample-aligner.js';
import type { RunStart, UtteranceLedger } from './utterance-ledger.js';

/**
 * - `tail` (default for PCM): the audio is sent again from the first keyframe that was not delivered, after a lead-in of
 *   `replay.leadInMs` whose keyframes are skipped; with egress from what the room has heard, without a lead-in
 * - `replay` (default for Ogg Opus of the application, which can't be cut): the whole audio is sent again; frames that had come are not delivered again
 * - `drop`: given up at the loss without an error event; writes are refused, and `finished` rejects with outcome `failed`
 * - `fail`: as `drop`, and reported through `onError`
 */
export type Recovery = 'replay' | 'tail' | 'drop' | 'fail';
export const RECOVERIES = ['replay', 'tail', 'drop', 'fail'] as const satisfies readonly Recovery[];

/**
 * Keyframes per second of audio: keyframe k stands for audio from k/25 s. The service states it in the
 * description of its protocol ("25 keyframes per second of audio") and never on the wire. Where the next run
 * begins, what audio is released, and positions depend on this number.
 */
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
  /** The furthest position of this utterance that the room has heard, milliseconds; 0 when the service states none. */
  readonly playedMs: number;
  /** Without egress: the most audio in front of the first missing keyframe that is sent again, milliseconds. */
  readonly leadInMs: number;
  /** The position from which on audio is still kept, and the position up to which audio has been sent, milliseconds of the utterance. */
  readonly keptFromMs: number;
  readonly sentMs: number;
}

export type RecoveryPlan =
  | { readonly action: 'giveUp'; readonly silently: boolean }
  /** Send again from `fromMs` on; the first keyframe that comes back has number `firstKeyframe`. */
  | { readonly action: 'resend'; readonly fromMs: number; readonly firstKeyframe: number };

const WHOLE: RecoveryPlan = Object.freeze({ action: 'resend', fromMs: 0, firstKeyframe: 0 });

export function planRecovery(facts: RecoveryFacts): RecoveryPlan {
  const { recovery, kept, cuttable, usesEgress, playedMs } = facts;
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
      return planTail(facts);
  }
}

/** A re-send from the first missing keyframe, and a lead-in of whole keyframes before it. */
function planTail({ keyframesDelivered, leadInMs, keptFromMs, sentMs }: RecoveryFacts): RecoveryPlan {
  // A service may have sent more keyframes than fit the audio.
  const resumeMs = Math.min(keyframesDelivered * KEYFRAME_MS, sentMs);
  const keptKeyframes = Math.floor((resumeMs - keptFromMs) / KEYFRAME_MS + ROUNDING);
  const leadIn = Math.max(0, Math.min(wholeKeyframes(leadInMs), keyframesDelivered, keptKeyframes));
  return {
    action: 'resend',
    fromMs: resumeMs - leadIn * KEYFRAME_MS,
    firstKeyframe: keyframesDelivered - leadIn,
  };
}

/** Tolerance for milliseconds that were divided and multiplied again: their last bit may be lost. */
const ROUNDING = 1e-6;

function wholeKeyframes(ms: number): number {
  return Math.floor(ms / KEYFRAME_MS + ROUNDING);
}

export interface RunTraits {
  readonly recovery: Recovery;
  /** Samples per second of PCM; unused where the stream can't be cut. */
  readonly sampleRate: number;
  /** PCM can be cut at a sample; a compressed stream can't be cut anywhere. */
  readonly wholeSamples: boolean;
  readonly usesEgress: boolean;
  /** Without egress: the most audio in front of the first missing keyframe that is sent again, milliseconds. */
  readonly leadInMs: number;
}

/**
 * - `nothing`: nothing had been sent, so the run keeps its request id
 * - `giveUp`: the utterance is not sent again
 * - `resend`: the run begins again at `from`
 */
export type Restart =
  | { readonly action: 'nothing' }
  | { readonly action: 'giveUp'; readonly silently: boolean }
  | { readonly action: 'resend'; readonly from: RunStart };

const NOTHING: Restart = Object.freeze({ action: 'nothing' });

/**
 * Changes the ledger and calls `freshReqId` only where the run begins again. The run begins no later than the end of the audio that has
 * been sent: audio after that can't have been heard, whatever position a room states.
 */
export function restartRun(ledger: UtteranceLedger, traits: RunTraits, freshReqId: () => string): Restart {
  const plan = planRun(ledger, traits);
  if (plan.action !== 'resend') return plan;
  const { sentBytes } = ledger;
  ledger.restart(freshReqId(), plan.from);
  if (plan.from.bytes <= sentBytes) return plan;
  return {
    action: 'resend',
    from: { bytes: sentBytes, ms: ledger.runFromMs, keyframe: plan.from.keyframe },
  };
}

/** The result that `restartRun` would have now, without changing anything. */
export function planRun(ledger: UtteranceLedger, traits: RunTraits): Restart {
  if (!ledger.begun) return NOTHING;
  const { recovery, sampleRate, wholeSamples, usesEgress, leadInMs } = traits;
  const { keptWhole, keyframesDelivered, playedMs } = ledger;
  // A literal instead of a copy with added members: the engine would create a hidden class for each copy, and this runs for every second
  // of audio.
  const plan = planRecovery({
    recovery,
    kept: keptWhole,
    cuttable: wholeSamples,
    usesEgress,
    keyframesDelivered,
    playedMs,
    leadInMs,
    keptFromMs: msAt(ledger.keptFromBytes, sampleRate),
    sentMs: msAt(ledger.furthestSentBytes, sampleRate),
  });
  if (plan.action === 'giveUp') return plan;
  const { fromMs, firstKeyframe } = plan;
  const from = { bytes: byteAt(fromMs, sampleRate), ms: fromMs, keyframe: firstKeyframe };
  return { action: 'resend', from };
}

/**
 * Releases the audio before the point from which a re-send would begin. Audio is released in blocks: next when keyframes for `blockBytes`
 * more of it have come, or at each position that a room states.
 */
export function letGoDelivered(ledger: UtteranceLedger, traits: RunTraits, blockBytes: number): void {
  const plan = planRun(ledger, traits);
  if (plan.action === 'resend') ledger.letGoBefore(plan.from.bytes);
  else if (plan.action === 'giveUp') ledger.letGoBefore(ledger.sentBytes);
  const blockMs = msAt(blockBytes, traits.sampleRate);
  ledger.letGoAtKeyframe = ledger.keyframesDelivered + Math.max(1, wholeKeyframes(blockMs));
}

/** Bytes of an utterance that stay kept however far the service has processed it; Infinity where the whole audio stays kept. */
export function lastingBytes(traits: RunTraits, blockBytes: number): number {
  const { recovery, sampleRate, wholeSamples, usesEgress, leadInMs } = traits;
  if (recovery === 'drop' || recovery === 'fail') return blockBytes;
  if (recovery === 'replay' || !wholeSamples) return Infinity;
  return usesEgress ? 0 : byteAt(leadInMs + KEYFRAME_MS, sampleRate) + blockBytes;
}

/** The first byte of the sample at `ms` of the audio. */
function byteAt(ms: number, sampleRate: number): number {
  return Math.floor((ms * sampleRate) / 1_000 + ROUNDING) * SAMPLE_BYTES;
}

function msAt(bytes: number, sampleRate: number): number {
  return (bytes / SAMPLE_BYTES / sampleRate) * 1_000;
}
