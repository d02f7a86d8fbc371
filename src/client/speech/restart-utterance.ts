/**
 * Begins the run of an unfinished utterance again, under a fresh request id and from where its recovery says; or says why
 * not. Sends nothing and settles nothing.
 */
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { RequestIds } from '../../core/utterance/request-id.js';
import { restartRun } from '../../core/utterance/restart-run.js';
import type { Clock } from '../../ports/clock.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export interface RestartOptions {
  readonly clock: Clock;
  readonly requestIds: RequestIds;
  readonly sampleRate: number;
  /** PCM can be cut at a sample; a compressed stream can't be cut anywhere. */
  readonly wholeSamples: boolean;
  readonly usesEgress: boolean;
}

export interface GivenUp {
  readonly message: string;
  readonly outcome: 'expired' | 'failed';
  readonly problem: LocalProblem;
  /** Not worth an error event: the application had said so. */
  readonly silently: boolean;
}

/** Undefined when the utterance goes on; one of which nothing has gone out yet needs no new run. */
export function restartOrGiveUp(utterance: SpokenUtterance, options: RestartOptions): GivenUp | undefined {
  const { clock, requestIds, sampleRate, wholeSamples, usesEgress } = options;
  const { ledger, traits, expiresAtMs } = utterance;
  if (clock.nowMs() > expiresAtMs) {
    const message = `the utterance was neither written to nor on the air for more than ${traits.ttlMs} ms: it is too old to be said`;
    return { message, outcome: 'expired', problem: 'tooOld', silently: false };
  }
  const run = { recovery: traits.recovery, sampleRate, wholeSamples, usesEgress };
  const restart = restartRun(ledger, run, () => requestIds.next(clock.epochMs()));
  if (restart.action === 'giveUp') {
    const message = 'the connection was lost before the utterance was finished, and it is not sent again';
    return { message, outcome: 'failed', problem: 'notResent', silently: restart.silently };
  }
  utterance.account();
  return undefined;
}
