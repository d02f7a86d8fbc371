/** Errors of this side that concern one request, and the rules by which a write is refused. */
import { ownMember } from '../../core/option/plain-object.js';
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import { AvatarSDKError, recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKErrorFields, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { ErrorHost } from './speech-host.js';

/** The request is over; the session goes on, unless it is over as well. */
export function requestError(
  host: ErrorHost,
  code: AvatarSDKErrorCode,
  message: string,
  { ledger }: ActiveUtterance,
  outcome: UtteranceOutcome,
  problem: LocalProblem,
): AvatarSDKError {
  const error = host.errors.local(code, message, { reqId: ledger.reqId, problem });
  return recordVerdict(error, { willRetry: !host.over, outcome });
}

/** The end of the session, or what keeps it from taking requests, as the failure of one request. */
export function requestFailure(error: AvatarSDKError, reqId: string): AvatarSDKError {
  const reason = ownMember(error, 'reason');
  return recordVerdict(copyForRequest(error, reqId), {
    willRetry: false,
    outcome: 'failed',
    ...(reason === undefined ? {} : { reason }),
  });
}

/** What becomes of the audio unless something else happens: for an error after which the request goes on. */
export function expectedOutcome({ ledger }: ActiveUtterance): 'delivered' | 'replayed' {
  return ledger.replays > 0 ? 'replayed' : 'delivered';
}

/** The same failure once more, without a verdict. */
export function copyForRequest(error: AvatarSDKError, reqId: string): AvatarSDKError {
  const fields: AvatarSDKErrorFields = error;
  const { message } = error;
  const cause = ownMember(error, 'cause');
  const matchedRow = ownMember(error, 'matchedRow');
  // What is not enumerable is not in the spread.
  return new AvatarSDKError({
    ...fields,
    message,
    cause,
    reqId,
    ...(matchedRow !== undefined && { matchedRow }),
  });
}

/** Why `chunk` can't be added to the utterance; undefined when it can. */
export function refuseWrite(
  host: ErrorHost,
  utterance: ActiveUtterance,
  chunk: Uint8Array,
): AvatarSDKError | undefined {
  const { stage, ledger, rails, givenUp } = utterance;
  if (stage.kind === 'failed') return stage.error;
  if (stage.kind === 'speaking' && givenUp !== undefined) {
    const { message, outcome, problem } = givenUp;
    return requestError(host, 'connectionClosed', message, utterance, outcome, problem);
  }
  if (stage.kind === 'done') {
    const { outcome } = stage.result;
    const message = `the utterance is over (${outcome}): begin a new one`;
    return requestError(host, 'invalidRequest', message, utterance, outcome, 'utteranceOver');
  }
  if (ledger.endAsked) {
    const message = 'the utterance has been ended: begin a new one';
    return requestError(host, 'invalidRequest', message, utterance, 'failed', 'utteranceEnded');
  }
  if (!rails.beginsAsFile(chunk)) return undefined;
  const message = 'the audio begins with a RIFF/WAVE header: send the samples that follow it';
  return requestError(host, 'invalidRequest', message, utterance, 'failed', 'waveHeader');
}
