/** What a loop over frames ends with when some of them were not kept for it: the first that is missing, why, and how to avoid it. */
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { MissingFrames } from './frame-queue.js';
import type { Refuser } from './request-error.js';

const PROBLEMS: Readonly<Record<MissingFrames['why'], LocalProblem>> = {
  late: 'loopLate',
  calledBack: 'loopBesideCallback',
  behind: 'loopBehind',
  timedOut: 'loopHangs',
};

/** Only the loop has failed: the outcome is that of the utterance. */
export function missingFramesError(
  refuser: Refuser,
  readerTimeoutMs: number,
  reqId: string,
  outcome: UtteranceOutcome,
  { why, index, keptBytes }: MissingFrames,
): AvatarSDKError {
  const reason = {
    late: `they came before the loop over frames began, and ${keptBytes} bytes waited for it already`,
    calledBack: 'they came before the loop over frames began, and a callback took them',
    behind: `the loop over frames takes them more slowly than they come, and ${keptBytes} bytes waited for it already`,
    timedOut: `the loop over frames took none for ${readerTimeoutMs} ms (option readerTimeoutMs)`,
  }[why];
  const message = `frames from index ${index} on were not kept: ${reason}`;
  const error = refuser.refusal('invalidRequest', message, { reqId, problem: PROBLEMS[why] });
  return recordVerdict(error, { willRetry: !refuser.over, outcome });
}
