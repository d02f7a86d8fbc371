/** Errors of this side that concern one request, and the rules by which a write is refused. */
import type { AvatarSDKErrorCode } from '../core/failure/avatar-sdk-error-code.js';
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError, UtteranceOutcome } from '../core/failure/avatar-sdk-error.js';
import type { SpokenUtterance } from './spoken-utterance.js';

/** Makes an error of this side, for the phase that the session is in. */
export type Refusal = (
  code: AvatarSDKErrorCode,
  message: string,
  reqId?: string,
  cause?: unknown,
) => AvatarSDKError;

/** The request is over, and the session goes on. */
export function requestError(
  refusal: Refusal,
  code: AvatarSDKErrorCode,
  message: string,
  { ledger }: SpokenUtterance,
  outcome: UtteranceOutcome,
): AvatarSDKError {
  return recordVerdict(refusal(code, message, ledger.reqId), { willRetry: true, outcome });
}

/** Why `chunk` can't be added to the utterance; undefined when it can. */
export function refuseWrite(
  refusal: Refusal,
  utterance: SpokenUtterance,
  chunk: Uint8Array,
): AvatarSDKError | undefined {
  const { stage, ledger, rails } = utterance;
  if (stage.kind === 'failed') return stage.error;
  if (stage.kind === 'done') {
    const { outcome } = stage.result;
    const message = `the utterance is over (${outcome}): begin a new one`;
    return requestError(refusal, 'invalidRequest', message, utterance, outcome);
  }
  const message = ledger.endAsked
    ? 'the utterance has been ended: begin a new one'
    : rails.beginsAsFile(chunk)
      ? 'the audio begins with a RIFF/WAVE header: send the samples that follow it'
      : undefined;
  return message === undefined ? undefined : refusal('invalidRequest', message, ledger.reqId);
}
