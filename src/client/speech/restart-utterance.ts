/**
 * Begins the run of an unfinished utterance again, under a fresh request id and from where its recovery says; or says why
 * not, at the loss already. Sends nothing and settles nothing.
 */
import type { RequestIds } from '../../core/utterance/request-id.js';
import { lastingBytes, letGoDelivered, planRun, restartRun } from '../../core/utterance/recovery.js';
import type { RunTraits } from '../../core/utterance/recovery.js';
import { LARGEST_BLOCK_BYTES } from '../../core/utterance/audio-log.js';
import type { GivenUp } from './given-up.js';
import type { ActiveUtterance, UtteranceTraits } from './active-utterance.js';
import type { SpeechContext } from './speech-host.js';

/** Undefined when the utterance goes on; one of which nothing has gone out yet needs no new run. */
export function restartOrGiveUp(
  utterance: ActiveUtterance,
  context: SpeechContext,
  requestIds: RequestIds,
): GivenUp | undefined {
  const { clock } = context;
  if (clock.nowMs() > utterance.expiresAtMs) return tooOld(utterance);
  const freshReqId = (): string => requestIds.next(clock.epochMs());
  const restart = restartRun(utterance.ledger, traitsOf(utterance, context), freshReqId);
  if (restart.action === 'giveUp') return notResent(utterance, restart.silently);
  utterance.account();
  return undefined;
}

/** Why the utterance can't go on after the loss of its connection, whatever follows; undefined when it can. */
export function givenUpAtLoss(utterance: ActiveUtterance, context: SpeechContext): GivenUp | undefined {
  const { ledger, expiresAtMs } = utterance;
  // One that has not ended may still be written to, which makes it young again.
  if (ledger.endAsked && context.clock.nowMs() > expiresAtMs) return tooOld(utterance);
  const plan = planRun(ledger, traitsOf(utterance, context));
  return plan.action === 'giveUp' ? notResent(utterance, plan.silently) : undefined;
}

/** Audio that is not needed for a re-send is let go in blocks of so many bytes, and sooner where little may be kept. */
const BLOCKS_IN_BOUND = 16;

/** Audio of which the service has shown that it needs it no more is let go, and its room is free for what waits. */
export function letGoOfAudio(utterance: ActiveUtterance, context: SpeechContext): void {
  letGoDelivered(utterance.ledger, traitsOf(utterance, context), blockBytesOf(context));
  utterance.account();
}

/** Bytes that an utterance with these traits keeps however far the service has come; Infinity where it keeps all. */
export function lastingBytesOf(traits: UtteranceTraits, context: SpeechContext): number {
  return lastingBytes(traitsOf({ traits }, context), blockBytesOf(context));
}

function blockBytesOf({ options: { replay } }: SpeechContext): number {
  return Math.min(LARGEST_BLOCK_BYTES, Math.min(replay.maxBytes, replay.maxProcessBytes) / BLOCKS_IN_BOUND);
}

function traitsOf({ traits }: Pick<ActiveUtterance, 'traits'>, context: SpeechContext): RunTraits {
  const { wholeSamples, usesEgress } = context;
  const { sampleRate, replay } = context.options;
  return { recovery: traits.recovery, sampleRate, wholeSamples, usesEgress, leadInMs: replay.leadInMs };
}

function tooOld({ traits }: ActiveUtterance): GivenUp {
  const message = `the utterance was neither written to nor on the air for more than ${traits.ttlMs} ms: it is too old to be said`;
  return { message, outcome: 'expired', problem: 'tooOld', silently: false };
}

function notResent({ traits }: ActiveUtterance, silently: boolean): GivenUp {
  const lost = 'the connection was lost before the utterance was finished';
  if (traits.recovery === 'drop' || traits.recovery === 'fail') {
    return {
      message: `${lost}, and it is not sent again`,
      outcome: 'failed',
      problem: 'notResent',
      silently,
    };
  }
  const message = `${lost}, and its audio was not kept (replay.onLimit 'stopReplaying')`;
  return { message, outcome: 'failed', problem: 'notKept', silently };
}
