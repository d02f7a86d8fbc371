/**
 * The members of the session, and of the context that sessions with equal options share, which its speech uses. Also the errors of single
 * requests. Decides no outcome.
 */
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import { makeAvatarSDKError, recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type {
  AvatarSDKError,
  AvatarSDKErrorFields,
  UtteranceOutcome,
} from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { ownMember } from '../../core/option/plain-object.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { EncoderSource } from './late-encoder.js';
import type { Playback } from './playback.js';
import type { ReplayOptions } from './replay-budget.js';
import type { Overlap } from './utterance-interfaces.js';

export interface SpeechContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly usesEgress: boolean;
  /** Whether the audio is PCM, whose samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  /** Encoders for that PCM; undefined if audio is sent unchanged. */
  readonly opusEncoders: EncoderSource | undefined;
  /** The memory for the audio of its utterances. */
  readonly audioMemory: AudioMemory;
  /** Whether the transport keeps no reference to the sent bytes. */
  readonly sendsCopies: boolean;
  /** Equal for sessions with the same endpoint and the same credentials. */
  readonly replayAccount: string;
  readonly options: {
    readonly sampleRate: number;
    /** How long the service may be silent after the end of an utterance, and a write may wait for room, milliseconds. */
    readonly silenceTimeoutMs: number;
    /** How long an audio source may give nothing before its utterance ends, milliseconds. */
    readonly sourceTimeoutMs: number;
    /** How long a loop over frames may take none of the waiting frames, milliseconds. */
    readonly readerTimeoutMs: number;
    readonly replay: ReplayOptions;
    readonly overlap: Overlap;
    readonly onEncodedAudio: ((reqId: string, bytes: Uint8Array) => unknown) | undefined;
    readonly transportFrames: ((envelope: Uint8Array, isLast: boolean) => unknown) | undefined;
  };
}

export interface SpeechHost {
  readonly context: SpeechContext;
  readonly errors: SessionErrors;
  readonly lifecycle: Lifecycle;
  readonly playback: Playback;
  /** Whether the session ends or has ended. */
  readonly over: boolean;
  /** Why this request can't be begun now: the session is not started yet, or over. */
  rejectReason(reqId: string): AvatarSDKError | undefined;
  /** A request was completed. */
  answered(): void;
  /** 0 if an utterance may be sent again now, which is counted; otherwise when to ask again, milliseconds. */
  resendInMs(): number;
}

/** The members of the session that are used to make an error of a request. */
export type ErrorHost = Pick<SpeechHost, 'errors' | 'over'>;

/**
 * An error that ends one request, or refuses a call on it. `willRetry`: whether the session continues; false for a failure of a source.
 */
export function requestError(
  host: ErrorHost,
  code: AvatarSDKErrorCode,
  message: string,
  { ledger }: { readonly ledger: { readonly reqId: string } },
  outcome: UtteranceOutcome,
  problem: LocalProblem,
): AvatarSDKError {
  const error = host.errors.local(code, message, { reqId: ledger.reqId, problem });
  return recordVerdict(error, { willRetry: goesOnAfter(host, error), outcome });
}

/** The meaning of `willRetry` on an error of a request: the session can't remedy a failure of its application's source. */
export function goesOnAfter(host: ErrorHost, error: AvatarSDKError): boolean {
  return !host.over && error.origin !== 'source';
}

/** The error that ends the session, or because of which it accepts no requests, as the failure of one request. */
export function requestFailure(error: AvatarSDKError, reqId: string): AvatarSDKError {
  const reason = ownMember(error, 'reason');
  return recordVerdict(copyForRequest(error, reqId), {
    willRetry: false,
    outcome: 'failed',
    ...(reason === undefined ? {} : { reason }),
  });
}

/** The outcome of an unfinished utterance if no other failure follows: for an error that does not end it. */
export function expectedOutcome({ ledger }: ActiveUtterance): 'delivered' | 'replayed' {
  return ledger.replays > 0 ? 'replayed' : 'delivered';
}

/** A copy of the failure, without a verdict. */
export function copyForRequest(error: AvatarSDKError, reqId: string): AvatarSDKError {
  const fields: AvatarSDKErrorFields = error;
  const { message } = error;
  const cause = ownMember(error, 'cause');
  const matchedRow = ownMember(error, 'matchedRow');
  // A spread would omit the members that are not enumerable.
  return makeAvatarSDKError({
    ...fields,
    message,
    cause,
    reqId,
    ...(matchedRow !== undefined && { matchedRow }),
  });
}
