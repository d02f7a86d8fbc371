/**
 * Begins the run of an utterance again after a loss, as its recovery says: from which byte, with which keyframe, under which id. The
 * shell, the model checks and the conformance kit all use this arithmetic. Sends nothing, and knows no clock.
 */
import { SAMPLE_BYTES } from './audio-rails.js';
import { planRecovery } from './recovery.js';
import type { Recovery } from './recovery.js';
import type { RunStart, UtteranceLedger } from './utterance-ledger.js';

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
