/** Errors of this side that concern one request, and the rules by which a write is refused. */
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, UtteranceOutcome } from '../../core/failure/avatar-sdk-error.js';
import type { FailureOrigin } from '../../core/failure/failure-origin.js';
import type { SpokenUtterance } from './spoken-utterance.js';

export interface Refuser {
  /** Makes an error of this side, for the phase that the session is in. */
  refusal(
    code: AvatarSDKErrorCode,
    message: string,
    reqId?: string,
    cause?: unknown,
    origin?: FailureOrigin,
  ): AvatarSDKError;
}

/** The request is over, and the session goes on. */
export function requestError(
  refuser: Refuser,
  code: AvatarSDKErrorCode,
  message: string,
  { ledger }: SpokenUtterance,
  outcome: UtteranceOutcome,
  origin?: FailureOrigin,
): AvatarSDKError {
  const error = refuser.refusal(code, message, ledger.reqId, undefined, origin);
  return recordVerdict(error, { willRetry: true, outcome });
}

/** Why `chunk` can't be added to the utterance; undefined when it can. */
export function refuseWrite(
  refuser: Refuser,
  utterance: SpokenUtterance,
  chunk: Uint8Array,
): AvatarSDKError | undefined {
  const { stage, ledger, rails } = utterance;
  if (stage.kind === 'failed') return stage.error;
  if (stage.kind === 'done') {
    const { outcome } = stage.result;
    const message = `the utterance is over (${outcome}): begin a new one`;
    return requestError(refuser, 'invalidRequest', message, utterance, outcome);
  }
  const message = ledger.endAsked
    ? 'the utterance has been ended: begin a new one'
    : rails.beginsAsFile(chunk)
      ? 'the audio begins with a RIFF/WAVE header: send the samples that follow it'
      : undefined;
  return message === undefined ? undefined : refuser.refusal('invalidRequest', message, ledger.reqId);
}
